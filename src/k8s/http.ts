import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import tls from "node:tls";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { withDeadline } from "../lib/deadline.ts";
import { KubeError } from "./errors.ts";
import type { Endpoint } from "./types.ts";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Doing it twice is the same as doing it once, so a broken connection is no reason to give up. Default: a GET is. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Of a whole answer, all tries together; of a stream, until it begins. Default 30 000. */
  readonly timeoutMs?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** The body of an answer as it comes. `setTimeout` calls back when nothing came for so long. */
export interface AnswerStream extends Readable {
  readonly statusCode?: number | undefined;
  setTimeout(ms: number, onIdle: () => void): unknown;
}

export interface Transport {
  /** Whole answer, whatever its status. Tried again where that is safe. No answer at all is a `KubeError` of status 0. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Answer as a stream; the caller reads or destroys it. The signal ends it at any time. */
  open(request: HttpRequest): Promise<AnswerStream>;
  close(): void;
}

const TRIES = 3;
const FIRST_PAUSE_MS = 200;
const DEFAULT_TIMEOUT_MS = 30_000;
/** A server that wants more time than this is the caller's business. */
const LONGEST_RETRY_AFTER_MS = 10_000;
/** Shorter than the server's, so that no call is sent on a socket that the server is about to close. */
const IDLE_SOCKET_MS = 60_000;

interface Connection {
  readonly endpoint: Endpoint;
  readonly calls: https.Agent;
  readonly streams: https.Agent;
}

/** HTTPS to one API server over kept-alive sockets. Proxy variables do not apply: planes are on loopback or named by the user. */
export const createTransport = (endpoint: Endpoint): Transport => {
  const { ca, clientCert, clientKey } = endpoint;
  // One for all sockets: reading the certificates anew for each costs more than the handshake.
  const secureContext = tls.createSecureContext({
    ca,
    ...(clientCert === undefined ? {} : { cert: clientCert }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
  });
  const connection: Connection = {
    endpoint,
    calls: agentOf(secureContext, 16),
    // Watches hold their sockets for minutes: calls must not queue behind them.
    streams: agentOf(secureContext, Infinity),
  };
  return {
    send: (request) => {
      const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const expired = (): Error => unreachable(endpoint, request, new Error(`no answer within ${timeoutMs / 1000} s`));
      return withDeadline({ signal: request.signal, timeoutMs, expired }, (signal) =>
        sendWithRetries(connection, { ...request, signal }),
      );
    },
    open: (request) => openStream(connection, request),
    close: () => {
      connection.calls.destroy();
      connection.streams.destroy();
    },
  };
};

const agentOf = (secureContext: tls.SecureContext, maxSockets: number): https.Agent =>
  new https.Agent({ keepAlive: true, timeout: IDLE_SOCKET_MS, maxSockets, secureContext });

const sendWithRetries = async (connection: Connection, request: HttpRequest): Promise<HttpAnswer> => {
  const repeatable = request.repeatable ?? request.method === "GET";
  for (let attempt = 1; ; attempt++) {
    let pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1);
    try {
      const { retryAfterMs, ...answer } = await sendOnce(connection, request);
      if (retryAfterMs === undefined || retryAfterMs > LONGEST_RETRY_AFTER_MS || attempt === TRIES) return answer;
      pauseMs = retryAfterMs;
    } catch (error) {
      if (!repeatable || attempt === TRIES || !isBrokenConnection(error)) throw error;
    }
    await delay(pauseMs, undefined, request.signal === undefined ? {} : { signal: request.signal });
  }
};

const sendOnce = async (
  { endpoint, calls }: Connection,
  request: HttpRequest,
): Promise<HttpAnswer & { readonly retryAfterMs: number | undefined }> => {
  try {
    const response = await begin(endpoint, calls, request);
    const body = await text(response);
    return { status: response.statusCode ?? 0, body, retryAfterMs: retryAfterMsOf(response) };
  } catch (error) {
    throw unreachable(endpoint, request, error);
  }
};

/** A server that is too busy says when to come back; one that does not say so has answered for good. */
const retryAfterMsOf = ({ statusCode, headers }: IncomingMessage): number | undefined => {
  const seconds = Number(headers["retry-after"]);
  const busy = statusCode === 429 || statusCode === 503;
  return busy && Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : undefined;
};

const openStream = async ({ endpoint, streams }: Connection, request: HttpRequest): Promise<IncomingMessage> => {
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  try {
    return await begin(endpoint, streams, request, timeoutMs);
  } catch (error) {
    throw request.signal?.aborted === true ? request.signal.reason : unreachable(endpoint, request, error);
  }
};

/** Sends the request and resolves with the head of the answer. */
const begin = async (
  endpoint: Endpoint,
  agent: https.Agent,
  request: HttpRequest,
  headTimeoutMs?: number,
): Promise<IncomingMessage> => {
  const { method, signal } = request;
  const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const sent = https.request(new URL(request.path, endpoint.server), {
    agent,
    method,
    headers: headersOf(endpoint, request, payload),
    ...(signal === undefined ? {} : { signal }),
  });
  // After the head has come, `once` listens no more: whoever reads the answer sees that it broke.
  sent.on("error", () => undefined);
  const timer =
    headTimeoutMs === undefined
      ? undefined
      : setTimeout(() => sent.destroy(new Error(`no answer within ${headTimeoutMs / 1000} s`)), headTimeoutMs);
  try {
    sent.end(payload);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response;
  } finally {
    clearTimeout(timer);
  }
};

const headersOf = (
  { token }: Endpoint,
  { contentType = "application/json" }: HttpRequest,
  payload: Buffer | undefined,
): Record<string, string | number> => ({
  accept: "application/json",
  // The server takes the name of the field manager from it where a call names none.
  "user-agent": "choreo-dev",
  ...(payload === undefined ? {} : { "content-type": contentType, "content-length": payload.length }),
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});

const isBrokenConnection = (error: unknown): boolean => {
  const cause = error instanceof KubeError ? error.cause : error;
  return ["ECONNRESET", "EPIPE"].includes((cause as NodeJS.ErrnoException).code ?? "");
};

const unreachable = (endpoint: Endpoint, request: HttpRequest, error: unknown): KubeError => {
  const { code } = error as NodeJS.ErrnoException;
  const words = error instanceof Error ? error.message : String(error);
  const named = code === undefined || words.includes(code) ? words : `${code} ${words}`;
  const distrusted = /CERT|SELF_SIGNED|UNABLE_TO_/.test(code ?? "");
  return new KubeError(`The API server ${endpoint.server} ${distrusted ? "cannot be trusted" : "does not answer"}`, {
    status: 0,
    reason: distrusted ? "Untrusted" : "Unreachable",
    why: `${request.method} ${request.path.split("?")[0]}: ${named}`,
    fix: "choreo-dev status shows which plane is down; choreo-dev up repairs it",
    cause: error,
  });
};

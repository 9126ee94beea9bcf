import https from "node:https";
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { KubeError } from "./errors.ts";
import type { Endpoint } from "./types.ts";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface Transport {
  /** Whole answer, whatever its status. Retried only where that is safe. */
  send(request: HttpRequest): Promise<{ status: number; body: string }>;
  /** Answer as a stream; the caller reads or destroys it. No time limit of its own. */
  open(request: HttpRequest): Promise<IncomingMessage>;
  close(): void;
}

const TRIES = 3;

/** HTTPS to one API server over kept-alive sockets. Proxy variables do not apply: planes are on loopback or named by the user. */
export const createTransport = (endpoint: Endpoint): Transport => {
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: 32,
    ca: endpoint.ca,
    ...(endpoint.clientCert === undefined ? {} : { cert: endpoint.clientCert }),
    ...(endpoint.clientKey === undefined ? {} : { key: endpoint.clientKey }),
  });
  const open = (request: HttpRequest): Promise<IncomingMessage> => openOnce(endpoint, agent, request);
  return {
    open,
    send: async (request) => {
      for (let attempt = 1; ; attempt++) {
        try {
          const answer = await sendOnce(endpoint, agent, request);
          const busy = answer.status === 429 || answer.status === 503;
          if (!busy || attempt >= TRIES) return answer;
        } catch (error) {
          if (request.method !== "GET" || attempt >= TRIES || request.signal?.aborted === true || !isReset(error))
            throw error;
        }
        await delay(100 * 2 ** attempt, undefined, request.signal === undefined ? {} : { signal: request.signal });
      }
    },
    close: () => agent.destroy(),
  };
};

const isReset = (error: unknown): boolean =>
  error instanceof KubeError && /ECONNRESET|EPIPE|socket hang up/.test(error.why ?? "");

const sendOnce = async (
  endpoint: Endpoint,
  agent: https.Agent,
  request: HttpRequest,
): Promise<{ status: number; body: string }> => {
  const timeout = AbortSignal.timeout(request.timeoutMs ?? 30_000);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
  try {
    const response = await openOnce(endpoint, agent, { ...request, signal });
    response.setEncoding("utf8");
    let body = "";
    for await (const chunk of response) body += chunk as string;
    return { status: response.statusCode ?? 0, body };
  } catch (error) {
    if (request.signal?.aborted === true) throw request.signal.reason;
    if (timeout.aborted)
      throw unreachable(endpoint, request, new Error(`no answer within ${(request.timeoutMs ?? 30_000) / 1000} s`));
    throw error instanceof KubeError ? error : unreachable(endpoint, request, error);
  }
};

const openOnce = (endpoint: Endpoint, agent: https.Agent, request: HttpRequest): Promise<IncomingMessage> => {
  const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const headers: Record<string, string | number> = { accept: request.accept ?? "application/json" };
  if (payload !== undefined) {
    headers["content-type"] = request.contentType ?? "application/json";
    headers["content-length"] = payload.length;
  }
  if (endpoint.token !== undefined) headers["authorization"] = `Bearer ${endpoint.token}`;
  return new Promise((resolve, reject) => {
    const sent = https.request(new URL(request.path, endpoint.server), {
      agent,
      method: request.method,
      headers,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    sent.on("response", resolve);
    sent.on("error", (error) =>
      reject(request.signal?.aborted === true ? error : unreachable(endpoint, request, error)),
    );
    sent.end(payload);
  });
};

const unreachable = (endpoint: Endpoint, request: HttpRequest, error: unknown): KubeError => {
  const code = (error as NodeJS.ErrnoException).code;
  const text = error instanceof Error ? error.message : String(error);
  return new KubeError(`The API server ${endpoint.server} does not answer`, {
    status: 0,
    reason: "Unreachable",
    why: `${request.method} ${request.path.split("?")[0]}: ${code !== undefined && !text.includes(code) ? `${code} ` : ""}${text}`,
    fix: "choreo-dev status shows which plane is down; choreo-dev up repairs it",
    cause: error,
  });
};

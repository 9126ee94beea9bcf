import { once } from "node:events";
import type { ServerResponse } from "node:http";
import http2, { type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import type { ApiAnswer } from "../api/request.ts";
import { type Handler, refusal } from "../api/server.ts";
import type { Authentication } from "./authenticate.ts";
import { type Incoming, requestOf } from "./incoming.ts";
import { type Upgrades, attachUpgrades } from "./upgrade.ts";

export interface ListenerOptions extends Authentication {
  readonly handler: Handler;
  readonly certificate: string;
  readonly key: string;
  /** Whose client certificates are believed. */
  readonly clientCA: string;
  /** The wanted one; when it is in use, or 0: a free one. */
  readonly port: number;
  readonly upgrades: Upgrades;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

type Outgoing = ServerResponse | Http2ServerResponse;

/** Answers of this size are worth compressing. */
const GZIP_FROM = 128 * 1024;
/** HTTP/2 and HTTP/1.1 over TLS on 127.0.0.1. */
export const listen = async (options: ListenerOptions): Promise<Listener> => {
  const server = http2.createSecureServer({
    cert: options.certificate,
    key: options.key,
    ca: options.clientCA,
    allowHTTP1: true,
    requestCert: true,
    // Clients may also come with a token: what a certificate is worth is looked at in authenticate.ts.
    rejectUnauthorized: false,
    settings: { maxConcurrentStreams: 1000 },
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket: TLSSocket) => {
    // Node.js does so for HTTP servers, and for these not: an event would wait for the acknowledgement of the last one.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", (incoming: Incoming, outgoing: Outgoing) => void serve(options, incoming, outgoing));
  // A broken client is its own affair.
  server.on("sessionError", () => undefined);
  server.on("tlsClientError", () => undefined);
  attachUpgrades(server as never, options);
  await bind(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const bind = async (server: Server, port: number): Promise<void> => {
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    await bind(server, 0);
  }
};

const serve = async (options: ListenerOptions, incoming: Incoming, outgoing: Outgoing): Promise<void> => {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  outgoing.once("error", () => gone.abort());
  let answer: ApiAnswer;
  try {
    answer = await options.handler(requestOf(options, incoming, gone));
  } catch (error) {
    answer = refusal(error);
  }
  await send(incoming, outgoing, answer).catch(() => outgoing.destroy());
};

const send = async (incoming: Incoming, outgoing: Outgoing, { status, headers, body }: ApiAnswer): Promise<void> => {
  outgoing.statusCode = status;
  outgoing.setHeader("cache-control", "no-cache, private");
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (body instanceof Readable) {
    (outgoing as ServerResponse).flushHeaders();
    await pipeline(body, outgoing as ServerResponse);
    return;
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const accepts = /\bgzip\b/.test([incoming.headers["accept-encoding"]].join());
  const isSmaller = accepts && bytes.length >= GZIP_FROM;
  const sent = isSmaller ? gzipSync(bytes, { level: 1 }) : bytes;
  if (isSmaller) outgoing.setHeader("content-encoding", "gzip");
  outgoing.setHeader("content-length", sent.length);
  (outgoing as ServerResponse).end(incoming.method === "HEAD" ? undefined : sent);
};

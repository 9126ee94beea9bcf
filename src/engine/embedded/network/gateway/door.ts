import type { EventEmitter } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import type net from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { reset } from "../couple.ts";
import type { ServedCertificate } from "./certificates.ts";
import { decide, type Plan } from "./decide.ts";
import { type DialService, forward } from "./forward.ts";
import type { ServedListener } from "./model.ts";
import { type ClientRequest, readRequest, type RequestView } from "./request.ts";
import { type ClientResponse, respond } from "./respond.ts";
import { mostSpecific } from "./table.ts";
import { forwardUpgrade, responseOf } from "./upgrade.ts";

/** One line of an access log. */
export interface Access {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** `namespace/name` */
  readonly route: string | undefined;
  readonly service: string | undefined;
}

export interface DoorOptions {
  readonly tls: boolean;
  /** What is served here now. */
  readonly listeners: () => readonly ServedListener[];
  readonly dial: DialService;
  readonly onAccess: ((access: Access) => void) | undefined;
}

/** One listening port of a gateway. */
export interface Door {
  listen(address: string, port: number): Promise<net.AddressInfo>;
  /** The certificate for clients that name no host. */
  present(certificate: ServedCertificate): void;
  /** Takes no more connections; requests in flight end by themselves. Resolves when the last connection is gone. */
  close(): Promise<void>;
  /** Breaks what is left. */
  destroy(): void;
}

const HEADERS_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const KEEP_ALIVE_MS = 5000;
const MAX_HEADER_BYTES = 32 * 1024;

export const createDoor = (options: DoorOptions): Door => {
  const sockets = new Set<net.Socket>();
  const sessions = new Set<http2.Http2Session>();
  let closing = false;
  let presented: string | undefined;
  const server = options.tls ? createSecure(options) : http.createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session: http2.Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const onRequest = (awaitsContinue: boolean) => (request: ClientRequest, response: ClientResponse) => {
    if (closing && "shouldKeepAlive" in response) response.shouldKeepAlive = false;
    handle(options, request, response, awaitsContinue);
  };
  server.on("request", onRequest(false));
  server.on("checkContinue", onRequest(true));
  server.on("upgrade", (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    handleUpgrade(options, request, socket, head);
  });
  return {
    listen: (address, port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: address, port, exclusive: true }, () => {
          server.off("error", reject);
          server.on("error", () => undefined);
          resolve(server.address() as net.AddressInfo);
        });
      }),
    present: ({ certificate, key }) => {
      if (presented === certificate || !("setSecureContext" in server)) return;
      presented = certificate;
      server.setSecureContext({ cert: certificate, key, minVersion: "TLSv1.2" });
    },
    close: () =>
      new Promise((resolve) => {
        closing = true;
        server.close(() => resolve());
        for (const session of sessions) session.close();
      }),
    destroy: () => {
      for (const socket of sockets) reset(socket);
    },
  };
};

/** With HTTP/1.1 for those who do not speak HTTP/2; certificates by the name that the client asks for. */
const createSecure = ({ listeners }: DoorOptions): http2.Http2SecureServer & TimedServer => {
  const server = http2.createSecureServer({
    allowHTTP1: true,
    minVersion: "TLSv1.2",
    settings: { maxHeaderListSize: MAX_HEADER_BYTES, maxConcurrentStreams: 250 },
    SNICallback: (name, done) => {
      const context = contextFor(listeners(), name.toLowerCase());
      done(context === undefined ? new Error(`no certificate for ${name}`) : null, context);
    },
  });
  server.on("sessionError", () => undefined);
  // The limits of HTTP/1.1 connections are fields of this server too.
  return server as http2.Http2SecureServer & TimedServer;
};

interface TimedServer {
  headersTimeout: number;
  requestTimeout: number;
  keepAliveTimeout: number;
}

const contextFor = (listeners: readonly ServedListener[], name: string): SecureContext | undefined => {
  const certificates = mostSpecific(listeners, name)?.model.certificates ?? [];
  return (certificates.find((certificate) => certificate.covers(name)) ?? certificates[0])?.context;
};

const handle = (
  options: DoorOptions,
  request: ClientRequest,
  response: ClientResponse,
  awaitsContinue: boolean,
): void => {
  const view = readRequest(request);
  if ("text" in view) {
    respond(response, view.status, view.text);
    request.resume();
    return;
  }
  const decision = decide(options.listeners(), view, Math.random());
  account(options, view, { response, end: response }, decision);
  if ("service" in decision) {
    forward({ plan: decision, request, response, dial: options.dial, awaitsContinue });
    return;
  }
  if (awaitsContinue && "shouldKeepAlive" in response) response.shouldKeepAlive = false;
  respond(response, decision.status, decision.text, decision.fields);
  request.resume();
};

const handleUpgrade = (options: DoorOptions, request: http.IncomingMessage, socket: Duplex, head: Buffer): void => {
  socket.on("error", () => undefined);
  const protocol = (request.headers.upgrade ?? "").trim().toLowerCase();
  // An offer of HTTP/2 that may be passed over. What came after the request is lost, so the connection ends with it.
  if (protocol === "h2c") {
    handle(options, request, responseOf({ request, socket }), false);
    return;
  }
  const view = readRequest(request);
  const response = responseOf({ request, socket });
  if ("text" in view) {
    respond(response, view.status, view.text);
    return;
  }
  const decision = decide(options.listeners(), view, Math.random());
  account(options, view, { response, end: socket }, decision);
  if (!("service" in decision)) {
    respond(response, decision.status, decision.text, decision.fields);
    return;
  }
  void forwardUpgrade({ request, socket, head }, response, decision, options.dial);
};

const account = (
  { onAccess }: DoorOptions,
  { method, host, path }: RequestView,
  { response, end }: { readonly response: ClientResponse; readonly end: EventEmitter },
  decision: { readonly route?: string } | Plan,
): void => {
  if (onAccess === undefined) return;
  const began = performance.now();
  const service = "service" in decision ? `${decision.service.namespace}/${decision.service.name}` : undefined;
  end.once("close", () => {
    const durationMs = performance.now() - began;
    onAccess({ method, host, path, status: response.statusCode, durationMs, route: decision.route, service });
  });
};

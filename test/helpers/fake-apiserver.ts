import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Endpoint } from "../../src/k8s/types.ts";
import { createAuthority, issueServerCertificate } from "../../src/lib/x509.ts";
import { type FakeConfigMaps, createFakeConfigMaps } from "./fake-config-maps.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request, or breaks it. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export interface FakeApiserver {
  readonly endpoint: Endpoint;
  /** Everything that was asked so far, discovery too. */
  readonly requests: readonly SeenRequest[];
  readonly configMaps: FakeConfigMaps;
  /** The next requests that are not discovery get these answers, one each. */
  script(...answers: readonly Answer[]): void;
  /** How many connections were accepted so far. */
  accepted(): number;
  /** How many connections are open now. */
  connections(): number;
  /** Breaks all connections as a crash would. */
  cut(): void;
}

/** Answers with a JSON body. */
export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

/** Breaks the connection instead of an answer. */
export const reset: Answer = (response) => void response.socket?.destroy();

/** Accepts the request and says nothing, like the other end of a half-open connection. */
export const silence: Answer = () => undefined;

/** A Status object, as the real server refuses. */
export const refusal = (code: number, reason: string, message = reason, headers = {}): Answer =>
  json(code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message }, headers);

const DISCOVERY = {
  resources: [
    { name: "configmaps", kind: "ConfigMap", namespaced: true },
    { name: "namespaces", kind: "Namespace", namespaced: false },
    { name: "namespaces/status", kind: "Namespace", namespaced: false },
  ],
};

/** An API server on loopback with real TLS that knows ConfigMaps, and fails as it is told to. Ends with the test. */
export const startFakeApiserver = async (): Promise<FakeApiserver> => {
  const now = Date.now();
  const validity = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + 3_600_000) };
  const authority = createAuthority("fake API server", ["localhost"], validity);
  const { certificate, key } = issueServerCertificate(authority, ["localhost"], validity);
  const requests: SeenRequest[] = [];
  const scripted: Answer[] = [];
  const sockets = new Set<Socket>();
  const configMaps = createFakeConfigMaps();
  let accepted = 0;
  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(message);
    requests.push(request);
    if (request.path === "/api/v1") return json(200, DISCOVERY)(response, request);
    return (scripted.shift() ?? configMaps.answer)(response, request);
  };
  const server = https.createServer({ cert: certificate, key }, (message, response) => {
    answer(message, response).catch(() => response.destroy());
  });
  server.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const cut = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  onTestFinished(() => {
    server.close();
    cut();
  });
  const { port } = server.address() as AddressInfo;
  const token = randomBytes(8).toString("hex");
  return {
    endpoint: { server: `https://localhost:${port}`, ca: authority.certificate, token },
    requests,
    configMaps,
    script: (...answers) => void scripted.push(...answers),
    accepted: () => accepted,
    connections: () => sockets.size,
    cut,
  };
};

const readRequest = async (message: IncomingMessage): Promise<SeenRequest> => {
  const { pathname, searchParams } = new URL(message.url ?? "/", "https://localhost");
  return {
    method: message.method ?? "",
    path: pathname,
    query: searchParams,
    headers: message.headers,
    body: await text(message),
  };
};

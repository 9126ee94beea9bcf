import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { KubeClient } from "../../../src/k8s/client.ts";
import { connect } from "../../../src/k8s/connect.ts";
import type { Endpoint } from "../../../src/k8s/types.ts";
import { createAuthority, issueServerCertificate } from "../../../src/lib/x509.ts";

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void;

export interface FakeApiserver {
  readonly endpoint: Endpoint;
  readonly client: KubeClient;
  /** Everything that was asked except discovery, oldest first. */
  readonly received: Received[];
}

const RESOURCES = [
  { name: "configmaps", kind: "ConfigMap", namespaced: true },
  { name: "namespaces", kind: "Namespace", namespaced: false },
  { name: "namespaces/status", kind: "Namespace", namespaced: false },
];

/** An HTTPS server that answers discovery of `v1`, and everything else as the test says. */
export const startFakeApiserver = async (answer: Answer): Promise<FakeApiserver> => {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = createAuthority("test", ["localhost"], validity);
  const { certificate, key } = issueServerCertificate(authority, ["localhost"], validity);
  const received: Received[] = [];
  const server = https.createServer({ cert: certificate, key }, (incoming, response) => {
    void text(incoming).then((body) => {
      const url = new URL(incoming.url ?? "/", "https://localhost");
      const request = { method: incoming.method ?? "", url, headers: incoming.headers, body };
      if (url.pathname === "/api/v1") return sendJson(response, 200, { resources: RESOURCES });
      received.push(request);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = { server: `https://localhost:${port}`, ca: authority.certificate, token: "a-token" };
  const client = connect(endpoint);
  onTestFinished(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { endpoint, client, received };
};

export const sendJson = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

/** The Status object of a refusal. */
export const refuse = (response: ServerResponse, code: number, reason: string, headers = {}): void =>
  sendJson(response, code, { kind: "Status", code, reason, message: `refused: ${reason}` }, headers);

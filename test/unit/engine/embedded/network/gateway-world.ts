import http from "node:http";
import http2 from "node:http2";
import tls from "node:tls";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { createAuthority, issueServerCertificate, type KeyPair } from "../../../../../src/lib/x509.ts";
import { eventually } from "./world.ts";

const GROUP = "gateway.networking.k8s.io";
const HOUR_MS = 3_600_000;
const validity = { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + HOUR_MS) };

export const authority: KeyPair = createAuthority("test", ["test.localhost"], validity);
export const certificateFor = (...names: string[]): KeyPair => issueServerCertificate(authority, names, validity);

/** The kinds of the Gateway API with little of their schemas: enough for a status and its conditions. */
export const installKinds = async (client: KubeClient): Promise<void> => {
  const kinds = [
    { kind: "GatewayClass", plural: "gatewayclasses", scope: "Cluster", version: "v1" },
    { kind: "Gateway", plural: "gateways", scope: "Namespaced", version: "v1" },
    { kind: "HTTPRoute", plural: "httproutes", scope: "Namespaced", version: "v1" },
    { kind: "GRPCRoute", plural: "grpcroutes", scope: "Namespaced", version: "v1" },
    { kind: "ReferenceGrant", plural: "referencegrants", scope: "Namespaced", version: "v1beta1" },
  ];
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  for (const { kind, plural, scope, version } of kinds) {
    await client.create({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: `${plural}.${GROUP}`,
        annotations: { "api-approved.kubernetes.io": "unapproved, a test" },
      },
      spec: {
        group: GROUP,
        scope,
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } },
          },
        ],
      },
    });
  }
  for (const { kind, version } of kinds) {
    const type = { apiVersion: `${GROUP}/${version}`, kind };
    await eventually(kind, async () => ((await client.hasKind(type)) ? true : undefined));
  }
};

export const gatewayObject = (kind: string, name: string, spec: object, namespace?: string): AnyObject => ({
  apiVersion: `${GROUP}/${kind === "ReferenceGrant" ? "v1beta1" : "v1"}`,
  kind,
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  spec,
});

export const tlsSecret = (name: string, { certificate, key }: KeyPair): AnyObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "default" },
  type: "kubernetes.io/tls",
  data: {
    "tls.crt": Buffer.from(certificate).toString("base64"),
    "tls.key": Buffer.from(key).toString("base64"),
  },
});

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** A request of HTTP/1.1, by TLS when the place of the gateway speaks it. */
export const call = (at: Place, url: string, options: CallOptions = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const request = openCall(at, url, options);
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const body = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers, trailers } = response;
        resolve({ status, headers, trailers, body });
      });
    });
    request.end(options.body);
  });

/** A request that the caller ends. */
export const openCall = (
  at: Place,
  url: string,
  { method = "GET", headers = {} }: CallOptions = {},
): http.ClientRequest => {
  const { protocol, hostname, host, pathname, search } = new URL(url);
  return http.request({
    method,
    path: pathname + search,
    headers: { host, ...headers },
    createConnection: () =>
      protocol === "https:"
        ? tls.connect({ host: at.address, port: at.port, servername: hostname, ca: authority.certificate })
        : (http.globalAgent as unknown as { createConnection(o: object): tls.TLSSocket }).createConnection({
            host: at.address,
            port: at.port,
          }),
  });
};

export const openSession = async (at: Place, hostname: string): Promise<http2.ClientHttp2Session> => {
  const session = http2.connect(`https://${hostname}`, {
    createConnection: () =>
      tls.connect({
        host: at.address,
        port: at.port,
        servername: hostname,
        ca: authority.certificate,
        ALPNProtocols: ["h2"],
      }),
  });
  await new Promise<void>((resolve, reject) => {
    session.once("connect", () => resolve());
    session.once("error", reject);
  });
  return session;
};

export const callHttp2 = (
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<{ status: number; headers: http2.IncomingHttpHeaders; trailers: http2.IncomingHttpHeaders; body: string }> =>
  new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    const chunks: Buffer[] = [];
    let answer: http2.IncomingHttpHeaders = {};
    let trailers: http2.IncomingHttpHeaders = {};
    stream.once("response", (got) => (answer = got));
    stream.once("trailers", (got) => (trailers = got));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    stream.once("end", () => {
      resolve({ status: Number(answer[":status"]), headers: answer, trailers, body: Buffer.concat(chunks).toString() });
    });
    if (body !== undefined) stream.end(body);
  });

import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { ResourceType } from "../../../../../src/engine/embedded/api/resource-type.ts";
import { openapiDocument, openapiIndex } from "../../../../../src/engine/embedded/model/openapi.ts";
import { decodeProtobuf } from "../../../../../src/engine/embedded/model/protobuf.ts";
import type { Endpoint } from "../../../../../src/k8s/types.ts";
import { createAuthority, issueServerCertificate } from "../../../../../src/lib/x509.ts";

export interface SeenWrite {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string | undefined;
  /** Decoded, whether it came as JSON or as protobuf. */
  readonly body: unknown;
}

export interface SchemaServer {
  readonly endpoint: Endpoint;
  /** Every request that was no GET. */
  readonly writes: readonly SeenWrite[];
  stop(): Promise<void>;
}

/** Serves discovery and OpenAPI of the types, and the objects, by path. Writes are answered with the stored object or their body. */
export const startSchemaServer = async (
  types: readonly ResourceType[],
  objects: Readonly<Record<string, unknown>> = {},
): Promise<SchemaServer> => {
  const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = createAuthority("schema server", ["localhost"], validity);
  const { certificate, key } = issueServerCertificate(authority, ["localhost"], validity);
  const writes: SeenWrite[] = [];
  const server = https.createServer({ cert: certificate, key }, (request, response) => {
    answer(types, objects, writes, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: { server: `https://localhost:${port}`, ca: authority.certificate, token: "anybody" },
    writes,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const answer = async (
  types: readonly ResourceType[],
  objects: Readonly<Record<string, unknown>>,
  writes: SeenWrite[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? "/", "https://127.0.0.1");
  const method = request.method ?? "GET";
  const contentType = request.headers["content-type"];
  const bytes = await buffer(request);
  const send = (status: number, value: unknown) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
  const stored = objects[url.pathname];
  if (method !== "GET") {
    const protobuf = contentType === "application/vnd.kubernetes.protobuf";
    const body: unknown = protobuf ? decodeProtobuf(bytes).object : JSON.parse(bytes.toString());
    writes.push({ method, url, contentType, body });
    send(method === "POST" ? 201 : 200, stored ?? body);
    return;
  }
  const found = stored ?? schemaAnswer(types, url.pathname);
  if (found === undefined)
    send(404, { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 });
  else send(200, found);
};

const schemaAnswer = (types: readonly ResourceType[], path: string): unknown => {
  if (path === "/version") return { major: "1", minor: "34", gitVersion: "v1.34.2" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") return groupList(types);
  if (path === "/openapi/v3") return openapiIndex(types);
  const [, api, group, version] = /^(\/openapi\/v3)?\/apis?\/(?:([^/]+)\/)?([^/]+)$/.exec(path) ?? [];
  if (version === undefined) return undefined;
  return api === undefined
    ? resourceList(types, group ?? "", version)
    : openapiDocument(group ?? "", version, types).document;
};

const groupList = (types: readonly ResourceType[]) => {
  const groups = [...new Set(types.map(({ group }) => group))].filter((group) => group !== "");
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: groups.map((name) => {
      const versions = [...new Set(types.filter(({ group }) => group === name).map(({ version }) => version))].map(
        (version) => ({ groupVersion: `${name}/${version}`, version }),
      );
      return { name, versions, preferredVersion: versions[0] };
    }),
  };
};

const resourceList = (types: readonly ResourceType[], group: string, version: string) => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: group === "" ? version : `${group}/${version}`,
  resources: types
    .filter((type) => type.group === group && type.version === version)
    .map(({ resource, singular, namespaced, kind, verbs, shortNames }) => ({
      ...{ name: resource, singularName: singular, namespaced, kind, verbs, shortNames },
    })),
});

import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface MemoryRegistry extends AsyncDisposable {
  readonly port: number;
  /** Blobs by `repository@digest`. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Manifests by `repository:tag`. */
  readonly manifests: ReadonlyMap<string, Buffer>;
  receivedBytes(): number;
}

interface State {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Buffer>;
  readonly uploads: Map<string, Buffer>;
  received: number;
}

/** The distribution API with the checks of the real one: digests of blobs, and that a manifest's blobs are there. */
export const startMemoryRegistry = async (port = 0): Promise<MemoryRegistry> => {
  const state: State = { blobs: new Map(), manifests: new Map(), uploads: new Map(), received: 0 };
  const server = http.createServer((request, response) => {
    // A request that its sender gave up ends here too.
    serve(state, request, response).catch(() => response.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    blobs: state.blobs,
    manifests: state.manifests,
    receivedBytes: () => state.received,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
};

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

const serve = async (state: State, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://registry");
  const [, repository = "", kind = "", rest = ""] = /^\/v2\/(.+?)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
  const call: Call = {
    method: request.method ?? "",
    repository,
    rest,
    query: url.searchParams,
    body: Buffer.concat(chunks),
  };
  const { status, headers = {}, body } = kind === "blobs" ? onBlobs(state, call) : onManifests(state, call);
  response.writeHead(status, headers).end(body);
};

interface Call {
  readonly method: string;
  readonly repository: string;
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

const onBlobs = (state: State, { method, repository, rest, query, body }: Call): Reply => {
  const { blobs, uploads } = state;
  const location = (id: string): Record<string, string> => ({ location: `/v2/${repository}/blobs/uploads/${id}` });
  if (method === "HEAD") {
    const blob = blobs.get(`${repository}@${rest}`);
    return blob === undefined ? { status: 404 } : { status: 200, headers: { "content-length": String(blob.length) } };
  }
  if (method === "POST") {
    const mount = query.get("mount") ?? "";
    const shared = blobs.get(`${query.get("from")}@${mount}`);
    if (shared !== undefined) {
      blobs.set(`${repository}@${mount}`, shared);
      return { status: 201 };
    }
    const id = randomUUID();
    uploads.set(id, Buffer.alloc(0));
    return { status: 202, headers: location(id) };
  }
  const id = rest.replace("uploads/", "");
  const content = uploads.get(id);
  if (content === undefined) return { status: 404 };
  if (method === "PATCH") {
    state.received += body.length;
    uploads.set(id, Buffer.concat([content, body]));
    return { status: 202, headers: location(id) };
  }
  const digest = query.get("digest") ?? "";
  if (digest !== digestOf(content)) return { status: 400, body: Buffer.from("DIGEST_INVALID") };
  blobs.set(`${repository}@${digest}`, content);
  uploads.delete(id);
  return { status: 201 };
};

const onManifests = ({ blobs, manifests }: State, { method, repository, rest, body }: Call): Reply => {
  const name = `${repository}:${rest}`;
  if (method === "GET") {
    const manifest = manifests.get(name);
    return manifest === undefined ? { status: 404 } : { status: 200, body: manifest };
  }
  const { config, layers } = JSON.parse(body.toString("utf8")) as { config: Descriptor; layers: Descriptor[] };
  const there = [config, ...layers].every(({ digest, size }) => blobs.get(`${repository}@${digest}`)?.length === size);
  if (!there) return { status: 400, body: Buffer.from("MANIFEST_BLOB_UNKNOWN") };
  manifests.set(name, body);
  return { status: 201 };
};

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

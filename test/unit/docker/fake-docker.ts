import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import Docker from "dockerode";

export interface FakeAnswer {
  readonly status?: number;
  /** Sent as JSON, or as it is when it is a buffer or text. */
  readonly body?: unknown;
}

export interface FakeCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}

export interface FakeDocker extends AsyncDisposable {
  readonly docker: Docker;
  readonly socket: string;
  readonly calls: readonly FakeCall[];
}

/** Docker's API on a socket in a folder of its own. Calls that `answer` does not know get a 404. */
export const startFakeDocker = async (
  answer: (call: FakeCall) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>,
): Promise<FakeDocker> => {
  const dir = await mkdtemp(path.join(tmpdir(), "choreo-docker-"));
  const socket = path.join(dir, "docker.sock");
  const calls: FakeCall[] = [];
  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const call = await readCall(request);
    calls.push(call);
    const unknown: FakeAnswer = call.path === "/_ping" ? { body: "OK" } : { status: 404, body: { message: "no such" } };
    const { status = 200, body = {} } = (await answer(call)) ?? unknown;
    response.statusCode = status;
    response.end(Buffer.isBuffer(body) || typeof body === "string" ? body : JSON.stringify(body));
  };
  const server = http.createServer((request, response) => void serve(request, response));
  server.listen(socket);
  await once(server, "listening");
  return {
    docker: new Docker({ socketPath: socket }),
    socket,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

const readCall = async (request: http.IncomingMessage): Promise<FakeCall> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const url = new URL(request.url ?? "/", "http://docker");
  return {
    method: request.method ?? "GET",
    path: url.pathname.replace(/^\/v[\d.]+/, ""),
    query: url.searchParams,
    body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
};

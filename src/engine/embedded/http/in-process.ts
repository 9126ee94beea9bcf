import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { HttpAnswer, HttpRequest, Transport } from "../../../k8s/http.ts";
import type { ApiAnswer, User } from "../api/request.ts";
import type { Handler } from "../api/server.ts";

/** The way to an API server of the same process: no socket, no TLS, the same API. */
export const inProcessTransport = (handler: Handler, user: User): Transport => ({
  send: async (request): Promise<HttpAnswer> => {
    const { status, body } = await call(handler, user, request);
    return {
      status,
      body: typeof body === "string" ? body : body instanceof Readable ? await text(body) : body.toString("utf8"),
    };
  },
  open: async (request) => {
    const answer = await call(handler, user, request);
    const stream = answer.body instanceof Readable ? answer.body : Readable.from([Buffer.from(answer.body)]);
    request.signal?.addEventListener("abort", () => stream.destroy(), { once: true });
    // Nothing between the two that could go silent.
    return Object.assign(stream, { statusCode: answer.status, setTimeout: () => undefined });
  },
  close: () => undefined,
});

const never = new AbortController().signal;

const call = (handler: Handler, user: User, request: HttpRequest): Promise<ApiAnswer> => {
  request.signal?.throwIfAborted();
  const url = new URL(request.path, "http://in-process");
  const body = request.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(request.body));
  return handler({
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: {
      accept: "application/json",
      "user-agent": "choreo-dev",
      ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
    },
    user,
    body: () => Promise.resolve(body),
    signal: request.signal ?? never,
  });
};

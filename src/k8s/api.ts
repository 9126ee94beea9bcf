import { text } from "node:stream/consumers";
import type { CallOptions } from "./client.ts";
import { type Discovery, createDiscovery } from "./discovery.ts";
import { KubeError } from "./errors.ts";
import type { AnswerStream, HttpAnswer, HttpRequest, Transport } from "./http.ts";

/** One API server as the calls of the client need it: paths by discovery, refusals as `KubeError`. */
export interface Api {
  readonly server: string;
  readonly discovery: Discovery;
  /** Whatever the server answers. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** The JSON of an answer 2xx. */
  json<T>(request: HttpRequest): Promise<T>;
  /** An answer 2xx as a stream. */
  stream(request: HttpRequest): Promise<AnswerStream>;
  close(): void;
}

/** `server`: its address, for messages. */
export const createApi = (server: string, transport: Transport): Api => {
  const json = async <T>(request: HttpRequest): Promise<T> => {
    const { status, body } = await transport.send(request);
    if (!isOk(status)) throw refusal(server, request, { status, body });
    try {
      return JSON.parse(body) as T;
    } catch (error) {
      throw refusal(server, request, { status, body }, error);
    }
  };
  return {
    server,
    discovery: createDiscovery((path) => json({ method: "GET", path })),
    send: (request) => transport.send(request),
    json,
    stream: async (request) => {
      const response = await transport.open(request);
      const status = response.statusCode ?? 0;
      if (isOk(status)) return response;
      throw refusal(server, request, { status, body: await text(response) });
    },
    close: () => transport.close(),
  };
};

/** The limits of a call, without what else its options hold. */
export const limitsOf = ({ signal, timeoutMs }: CallOptions): CallOptions => ({ signal, timeoutMs });

const isOk = (status: number): boolean => status >= 200 && status < 300;

const LONGEST_MESSAGE = 500;

const refusal = (server: string, request: HttpRequest, { status, body }: HttpAnswer, cause?: unknown): KubeError => {
  const { message = body.trim().slice(0, LONGEST_MESSAGE), reason = "Unknown" } = statusOf(body);
  return new KubeError(message === "" ? `HTTP ${status}` : message, {
    status,
    reason,
    why: `${request.method} ${request.path.split("?")[0]} on ${server} answered ${status} ${reason}`,
    cause,
  });
};

/** Not every answer is a Status object: proxies and /readyz speak plain text. */
const statusOf = (body: string): { readonly message?: string; readonly reason?: string } => {
  try {
    return (JSON.parse(body) ?? {}) as { message?: string; reason?: string };
  } catch {
    return {};
  }
};

import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { ApiRequest } from "../api/request.ts";
import { StatusError } from "../api/status.ts";
import { type Authentication, authenticate } from "./authenticate.ts";

export type Incoming = IncomingMessage | Http2ServerRequest;

const LARGEST_BODY = 3 * 1024 * 1024;
/** A browser's page may reach loopback by a name of its own: no other host than these is served. */
const HOSTS = /^(127(\.\d{1,3}){3}|localhost|\[::1\]|kubernetes(\.default(\.svc(\.cluster\.local)?)?)?)(:\d+)?$/i;

/** A request as the API takes it; also of one that is upgraded. */
export const requestOf = (options: Authentication, incoming: Incoming, gone: AbortController): ApiRequest => {
  const host = incoming.headers[":authority"] ?? incoming.headers.host;
  if (!HOSTS.test(String(host ?? ""))) throw new StatusError("Forbidden", `this server is not ${String(host)}`);
  if (incoming.headers.origin !== undefined) throw new StatusError("Forbidden", "this server is not for web pages");
  const [path, query] = splitUrl(incoming.url ?? "/");
  let body: Promise<Buffer> | undefined;
  const socket = ("stream" in incoming ? incoming.stream?.session?.socket : undefined) ?? incoming.socket;
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    headers: incoming.headers as Record<string, string | undefined>,
    user: authenticate(options, { authorization: incoming.headers.authorization, socket: socket as TLSSocket }),
    body: () => (body ??= readBody(incoming)),
    // Made when it is asked for: most requests are over before anybody does.
    get signal() {
      return gone.signal;
    },
  };
};

const splitUrl = (url: string): [string, string] => {
  const mark = url.indexOf("?");
  return mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
};

/** By events: an iterator over the chunks costs more than all the rest of a small request. */
const readBody = (incoming: Incoming): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const declared = Number(incoming.headers["content-length"] ?? 0);
    if (declared > LARGEST_BODY) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY) reject(tooLarge());
      else chunks.push(chunk);
    });
    incoming.once("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    incoming.once("error", reject);
    incoming.once("close", () => {
      if (!incoming.complete) reject(new Error("the request was cut off"));
    });
  });

const tooLarge = (): StatusError =>
  new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${LARGEST_BODY}`);

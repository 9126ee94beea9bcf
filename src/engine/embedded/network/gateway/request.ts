import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Fields, fieldsOf, valuesOf } from "./fields.ts";
import { hostnameOf } from "./hostname.ts";
import type { RequestFacts } from "./match.ts";

/** A request of HTTP/1 or, by node's compatible interface, of HTTP/2. */
export type ClientRequest = IncomingMessage | Http2ServerRequest;

/** What a request says, checked. */
export interface RequestView extends RequestFacts {
  readonly scheme: "http" | "https";
  /** As the client wrote it, with its port. */
  readonly authority: string;
  /** The name in it. */
  readonly host: string;
  /** `?` and what follows, or nothing. */
  readonly search: string;
  readonly fields: Fields;
  readonly hasBody: boolean;
  readonly remoteAddress: string;
  /** The name that the client gave for TLS. */
  readonly serverName: string | undefined;
}

export interface BadRequest {
  readonly status: number;
  readonly text: string;
}

/** Reads a request; what is not clear beyond doubt is refused, so that the backend cannot read it in another way. */
export const readRequest = (request: ClientRequest): RequestView | BadRequest => {
  const fields = fieldsOf(request.rawHeaders);
  const isHttp2 = request.httpVersionMajor === 2;
  const target = splitTarget(request.url ?? "");
  if (target === undefined) return bad("the request target is neither a path nor a URL");
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1 || (!isHttp2 && hosts.length === 0 && request.httpVersion === "1.1")) {
    return bad("there must be one Host header");
  }
  const authority = target.authority ?? ("authority" in request ? request.authority : undefined) ?? hosts[0] ?? "";
  const host = hostnameOf(authority);
  if (host === undefined) return bad("the host is not a host name");
  const framing = isHttp2 ? frameOfHttp2(request as Http2ServerRequest) : frameOf(fields);
  if (typeof framing !== "boolean") return framing;
  const { path, search } = target;
  const socket = request.socket as Partial<TLSSocket>;
  let params: URLSearchParams | undefined;
  return {
    method: request.method ?? "GET",
    scheme: socket.encrypted === true ? "https" : "http",
    authority,
    host,
    path,
    search,
    fields,
    hasBody: framing,
    remoteAddress: socket.remoteAddress ?? "",
    serverName: typeof socket.servername === "string" ? socket.servername.toLowerCase() : undefined,
    header: (name) => {
      const values = valuesOf(fields, name);
      return values.length === 0 ? undefined : values.join(", ");
    },
    query: (name) => (params ??= new URLSearchParams(search)).get(name) ?? undefined,
  };
};

const bad = (text: string): BadRequest => ({ status: 400, text });

/** Whether a body follows. The parser has refused contradictory lengths already. */
const frameOf = (fields: Fields): boolean | BadRequest => {
  const codings = valuesOf(fields, "transfer-encoding");
  const lengths = valuesOf(fields, "content-length");
  if (codings.length === 0) return lengths.some((length) => Number(length) > 0);
  if (lengths.length > 0) return bad("the length of the body is given in two ways");
  const isChunked = codings.length === 1 && codings[0]?.trim().toLowerCase() === "chunked";
  return isChunked ? true : { status: 501, text: "of the transfer encodings only chunked is supported" };
};

const frameOfHttp2 = ({ stream }: Http2ServerRequest): boolean => !stream.endAfterHeaders;

interface Target {
  readonly authority?: string;
  readonly path: string;
  readonly search: string;
}

const splitTarget = (url: string): Target | undefined => {
  if (url.includes("#")) return undefined;
  const [, authority, rest = url] = /^https?:\/\/([^/?]*)(.*)$/i.exec(url) ?? [];
  const question = rest.indexOf("?");
  const path = question === -1 ? rest : rest.slice(0, question);
  const search = question === -1 ? "" : rest.slice(question);
  if (authority !== undefined) return { authority, path: resolveDots(path === "" ? "/" : path), search };
  return path.startsWith("/") ? { path: resolveDots(path), search } : undefined;
};

/** Without `.` and `..`: nobody gets by them out of the prefix that a route matches. */
export const resolveDots = (path: string): string => {
  if (!/\/(?:\.|%2e)/i.test(path)) return path;
  const result: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [at, segment] of segments.entries()) {
    const plain = segment.replaceAll(/%2e/gi, ".");
    if (plain !== "." && plain !== "..") {
      result.push(segment);
      continue;
    }
    if (plain === "..") result.pop();
    if (at === segments.length - 1) result.push("");
  }
  return `/${result.join("/")}`;
};

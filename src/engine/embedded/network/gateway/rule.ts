import { parseDuration } from "../../../../lib/duration.ts";
import { type Fields, modifyFields } from "./fields.ts";
import type { Filter, HeaderModifier, PathModifier, RouteRule } from "./kinds.ts";
import { unsupported } from "./match.ts";

/** Where a share of a rule's requests goes. Without a service they are answered 500, for the given cause. */
export interface Backend {
  readonly weight: number;
  readonly service?: { readonly namespace: string; readonly name: string; readonly port: number };
  readonly problem?: string;
  readonly filters: Filters;
}

/** The filters of a rule or of a backend, ready for use. */
export interface Filters {
  request(fields: Fields): Fields;
  response(fields: Fields): Fields;
  readonly rewrite: Filter["urlRewrite"];
  readonly redirect: Filter["requestRedirect"];
}

/** Fails with `E_MANIFEST` for types of filter that this gateway does not have. */
export const compileFilters = (filters: readonly Filter[] = []): Filters => {
  const request: HeaderModifier[] = [];
  const response: HeaderModifier[] = [];
  let rewrite: Filter["urlRewrite"];
  let redirect: Filter["requestRedirect"];
  for (const filter of filters) {
    switch (filter.type) {
      case "RequestHeaderModifier":
        request.push(filter.requestHeaderModifier ?? {});
        break;
      case "ResponseHeaderModifier":
        response.push(filter.responseHeaderModifier ?? {});
        break;
      case "URLRewrite":
        rewrite = filter.urlRewrite ?? {};
        break;
      case "RequestRedirect":
        redirect = filter.requestRedirect ?? {};
        break;
      default:
        throw unsupported(`filter ${filter.type}`);
    }
  }
  return {
    request: (fields) => request.reduce(modifyFields, fields),
    response: (fields) => response.reduce(modifyFields, fields),
    rewrite,
    redirect,
  };
};

/** How long an exchange may take, ms; undefined without a limit. The shorter of both limits covers the whole of it. */
export const timeoutOf = ({ timeouts }: RouteRule): number | undefined => {
  const limits = [timeouts?.request, timeouts?.backendRequest]
    .map((text) => (text === undefined ? 0 : parseDuration(text)))
    .filter((ms) => ms > 0);
  return limits.length === 0 ? undefined : Math.min(...limits);
};

/** The path after a rewrite; `prefix` is what the rule matched, without a slash at its end. */
export const modifyPath = (path: string, modifier: PathModifier | undefined, prefix: string | undefined): string => {
  if (modifier?.type === "ReplaceFullPath") return rooted(modifier.replaceFullPath ?? "");
  if (modifier?.type !== "ReplacePrefixMatch" || prefix === undefined) return path;
  const rest = path.slice(prefix.length);
  const replacement = (modifier.replacePrefixMatch ?? "").replace(/\/+$/, "");
  return rooted(`${replacement}${rest}`);
};

/** A backend by weight; undefined when there is none with a weight. `random` is uniform in [0, 1). */
export const chooseBackend = (backends: readonly Backend[], random: number): Backend | undefined => {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  let left = random * total;
  for (const backend of backends) {
    left -= backend.weight;
    if (left < 0) return backend;
  }
  return undefined;
};

const rooted = (path: string): string => (path.startsWith("/") ? path : `/${path}`);

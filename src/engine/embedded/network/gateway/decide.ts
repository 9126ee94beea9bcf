import { withField, type Fields, endToEnd, valuesOf, without } from "./fields.ts";
import type { Filter } from "./kinds.ts";
import type { ServedListener } from "./model.ts";
import type { RequestView } from "./request.ts";
import { type Backend, chooseBackend, modifyPath } from "./rule.ts";
import { type Entry, mostSpecific } from "./table.ts";

/** An answer of the gateway itself. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly fields: Fields;
  readonly route?: string;
}

/** A request as it goes to a backend, and what to do with its response. */
export interface Plan {
  readonly route: string;
  readonly service: NonNullable<Backend["service"]>;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Without those of the connection itself. */
  readonly fields: Fields;
  readonly hasBody: boolean;
  readonly timeoutMs: number | undefined;
  response(fields: Fields): Fields;
}

/** Where a request goes. `random` is uniform in [0, 1). */
export const decide = (listeners: readonly ServedListener[], request: RequestView, random: number): Answer | Plan => {
  const listener = mostSpecific(listeners, request.host);
  if (listener === undefined) return notFound(request);
  // A connection made for one listener must not be used for another one's hosts.
  if (request.serverName !== undefined && mostSpecific(listeners, request.serverName) !== listener) {
    return { status: 421, text: `this connection is for ${request.serverName}`, fields: [] };
  }
  const entry = listener.table.find(request.host, request);
  if (entry === undefined) return notFound(request);
  const { rule, matcher } = entry;
  if (rule.filters.redirect !== undefined) return redirect(request, entry, rule.filters.redirect);
  const backend = chooseBackend(rule.backends, random);
  if (backend?.service === undefined) {
    const text = backend?.problem ?? "the rule has no backend";
    return { status: 500, text: `route ${rule.route}: ${text}`, fields: [], route: rule.route };
  }
  const filters = [rule.filters, backend.filters];
  const rewrite = backend.filters.rewrite ?? rule.filters.rewrite;
  const host = rewrite?.hostname ?? request.authority;
  return {
    route: rule.route,
    service: backend.service,
    method: request.method,
    target: modifyPath(request.path, rewrite?.path, matcher.prefix) + request.search,
    fields: filters.reduce((fields, filter) => filter.request(fields), forwardedFields(request, host)),
    hasBody: request.hasBody,
    timeoutMs: rule.timeoutMs,
    response: (fields) => filters.toReversed().reduce((changed, filter) => filter.response(changed), fields),
  };
};

const notFound = ({ host, path }: RequestView): Answer => ({
  status: 404,
  text: `no route for ${host}${path.slice(0, 200)}`,
  fields: [],
});

const forwardedFields = (request: RequestView, host: string): Fields => {
  const incoming = endToEnd(request.fields);
  const before = valuesOf(incoming, "x-forwarded-for");
  const cookies = valuesOf(incoming, "cookie");
  let fields = withField(incoming, "Host", host);
  fields = withField(fields, "X-Forwarded-For", [...before, request.remoteAddress].join(", "));
  fields = withField(fields, "X-Forwarded-Proto", request.scheme);
  fields = withField(fields, "X-Forwarded-Host", request.authority);
  // HTTP/2 clients may send each cookie in a field of its own.
  if (cookies.length > 1) fields = withField(fields, "Cookie", cookies.join("; "));
  return without(fields, "expect");
};

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

const redirect = (
  request: RequestView,
  { rule, matcher }: Entry,
  spec: NonNullable<Filter["requestRedirect"]>,
): Answer => {
  const scheme = spec.scheme ?? request.scheme;
  const ownPort = Number(/:(\d+)$/.exec(request.authority)?.[1] ?? DEFAULT_PORTS[request.scheme]);
  // Another scheme is at its own well-known port.
  const port = spec.port ?? (spec.scheme === undefined ? ownPort : DEFAULT_PORTS[scheme]);
  const shownPort = port === undefined || port === DEFAULT_PORTS[scheme] ? "" : `:${port}`;
  const path = modifyPath(request.path, spec.path, matcher.prefix);
  const location = `${scheme}://${spec.hostname ?? request.host}${shownPort}${path}${request.search}`;
  return {
    status: spec.statusCode ?? 302,
    text: "",
    fields: rule.filters.response([["Location", location]]),
    route: rule.route,
  };
};

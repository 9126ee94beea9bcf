import { isChoreoError } from "../../../../lib/errors.ts";
import type { Service } from "../proxy/kinds.ts";
import { attach, type Attachment, meansGateway } from "./attach.ts";
import {
  type Gateway,
  type GatewayClass,
  HTTP_ROUTE,
  type HttpRoute,
  keyOf,
  type ParentRef,
  type ReferenceGrant,
  type TlsSecret,
} from "./kinds.ts";
import { examineListeners, type ListenerModel, no, type Statement, yes } from "./listeners.ts";
import { compileMatch, type Matcher } from "./match.ts";
import { resolveBackend, type Unresolved } from "./references.ts";
import { compileFilters, type Backend, timeoutOf } from "./rule.ts";
import { createTable, type Entry, type Rule, type Table } from "./table.ts";

/** The objects of a cluster that a gateway's work depends on. */
export interface World {
  /** Only those that are ours to serve. */
  readonly classes: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  /** Also GRPCRoutes, which are refused. */
  readonly routes: readonly HttpRoute[];
  readonly grants: readonly ReferenceGrant[];
  readonly service: (namespace: string, name: string) => Service | undefined;
  readonly secret: (namespace: string, name: string) => TlsSecret | undefined;
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined;
  readonly portProblem: (gateway: string, port: number) => string | undefined;
}

export interface ServedListener {
  readonly model: ListenerModel;
  readonly hostname: string | undefined;
  readonly attachedRoutes: number;
  readonly table: Table;
}

export interface ServedGateway {
  readonly gateway: Gateway;
  readonly controllerName: string;
  readonly listeners: readonly ServedListener[];
}

export interface RouteParent {
  readonly parentRef: ParentRef;
  readonly controllerName: string;
  readonly statements: readonly Statement[];
}

/** What is to be served and what is to be said, concluded from the objects alone. */
export interface Model {
  readonly gateways: ReadonlyMap<string, ServedGateway>;
  /** The routes that were looked at, as they were then. */
  readonly routes: ReadonlySet<HttpRoute>;
  /** By route; a route of somebody else's gateways has no entry. */
  readonly parents: ReadonlyMap<HttpRoute, readonly RouteParent[]>;
}

export const buildModel = (world: World): Model => {
  const controllers = new Map(world.classes.map(({ metadata, spec }) => [metadata.name, spec.controllerName]));
  const compiled = new Map(world.routes.map((route) => [route, compileRoute(route, world)]));
  const gateways = new Map<string, ServedGateway>();
  const parents = new Map<HttpRoute, RouteParent[]>();
  for (const gateway of world.gateways) {
    const controllerName = controllers.get(gateway.spec.gatewayClassName);
    if (controllerName === undefined) continue;
    const key = keyOf(gateway);
    const portProblem = (port: number): string | undefined => world.portProblem(key, port);
    const listeners = examineListeners(gateway, { ...world, portProblem });
    const attached = new Map<ListenerModel, Map<HttpRoute, Entry[]>>(listeners.map((model) => [model, new Map()]));
    for (const [route, work] of compiled) {
      for (const parentRef of route.spec.parentRefs ?? []) {
        if (!meansGateway(parentRef, route, gateway)) continue;
        const result = attach(route, parentRef, gateway, listeners, world.namespaceLabels);
        const statements = statementsOf(result, work);
        push(parents, route, { parentRef, controllerName, statements });
        if ("refused" in result || work.problem !== undefined) continue;
        for (const { listener, hostnames } of result.attachments) {
          attached.get(listener)?.set(route, entriesOf(route, work, hostnames));
        }
      }
    }
    gateways.set(key, {
      gateway,
      controllerName,
      listeners: listeners.map((model) => ({
        model,
        hostname: model.hostname,
        attachedRoutes: attached.get(model)?.size ?? 0,
        table: createTable([...(attached.get(model)?.values() ?? [])].flat()),
      })),
    });
  }
  return { gateways, parents, routes: new Set(world.routes) };
};

interface CompiledRoute {
  readonly rules: readonly { readonly rule: Rule; readonly matchers: readonly Matcher[] }[];
  /** What the route asks for and we do not have: nothing of it is served. */
  readonly problem?: string;
  readonly unresolved?: Unresolved;
}

const compileRoute = (route: HttpRoute, world: World): CompiledRoute => {
  // Nothing of another kind is ever attached.
  if (route.kind !== HTTP_ROUTE.kind) return { rules: [] };
  let unresolved: Unresolved | undefined;
  try {
    const rules = (route.spec.rules ?? [{}]).map((spec) => {
      const backends: Backend[] = [];
      for (const ref of spec.backendRefs ?? []) {
        const resolved = resolveBackend(ref, route.metadata.namespace ?? "", world);
        backends.push(resolved.backend);
        unresolved ??= resolved.unresolved;
      }
      const filters = compileFilters(spec.filters);
      const rule: Rule = { route: keyOf(route), filters, backends, timeoutMs: timeoutOf(spec) };
      const matches = spec.matches === undefined || spec.matches.length === 0 ? [{}] : spec.matches;
      return { rule, matchers: matches.map(compileMatch) };
    });
    return { rules, ...(unresolved !== undefined && { unresolved }) };
  } catch (error) {
    if (!isChoreoError(error)) throw error;
    return { rules: [], problem: error.message };
  }
};

const statementsOf = (
  result: ReturnType<typeof attach>,
  { problem, unresolved }: CompiledRoute,
): readonly Statement[] => [
  "refused" in result
    ? no("Accepted", result.refused.reason, result.refused.message)
    : problem === undefined
      ? yes("Accepted", "Accepted")
      : no("Accepted", "UnsupportedValue", problem),
  unresolved === undefined
    ? yes("ResolvedRefs", "ResolvedRefs")
    : no("ResolvedRefs", unresolved.reason, unresolved.message),
];

const entriesOf = ({ metadata }: HttpRoute, { rules }: CompiledRoute, hostnames: Attachment["hostnames"]): Entry[] =>
  hostnames.flatMap((hostname) =>
    rules.flatMap(({ rule, matchers }) =>
      matchers.map((matcher) => ({ hostname, matcher, rule, created: metadata.creationTimestamp ?? "" })),
    ),
  );

const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

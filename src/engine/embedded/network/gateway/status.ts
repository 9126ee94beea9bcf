import { isDeepStrictEqual } from "node:util";
import type { KubeClient } from "../../../../k8s/client.ts";
import type { Condition, KubeObject } from "../../../../k8s/types.ts";
import { timestamp, writeStatus } from "../../controllers/status.ts";
import type { Gateway, GatewayClass, HttpRoute, ParentRef, RouteParentStatus } from "./kinds.ts";
import { no, type Statement, yes } from "./listeners.ts";
import type { RouteParent, ServedGateway } from "./model.ts";

export interface StatusContext {
  readonly client: KubeClient;
  readonly now: () => number;
}

export const writeClassStatus = async (
  context: StatusContext,
  object: GatewayClass,
): Promise<KubeObject | undefined> => {
  const conditions = conditionsOf(object, object.status?.conditions, [yes("Accepted", "Accepted")], context);
  return writeStatus(context.client, object, { ...object.status, conditions });
};

/** `address`: where the gateway listens; undefined as long as it does not. */
export const writeGatewayStatus = async (
  context: StatusContext,
  object: Gateway,
  { listeners }: ServedGateway,
  address: string | undefined,
): Promise<KubeObject | undefined> => {
  const isTrue = (statements: readonly Statement[], type: string): boolean =>
    statements.some((statement) => statement.type === type && statement.status);
  const valid = listeners.filter(({ model }) => model.usable && isTrue(model.statements, "Accepted"));
  const bad = listeners.filter((listener) => !valid.includes(listener)).map(({ model }) => model.spec.name);
  const none = `no listener can serve${reasonOf(listeners)}`;
  const statements = [
    valid.length === 0
      ? no("Accepted", "ListenersNotValid", none)
      : yes(
          "Accepted",
          bad.length > 0 ? "ListenersNotValid" : "Accepted",
          bad.length > 0 ? `not: ${bad.join(", ")}` : "",
        ),
    valid.length === 0
      ? no("Programmed", "Invalid", none)
      : address === undefined
        ? no("Programmed", "AddressNotAssigned", "the gateway does not listen yet")
        : yes("Programmed", "Programmed"),
  ];
  const before = new Map(object.status?.listeners?.map((listener) => [listener.name, listener]));
  return writeStatus(context.client, object, {
    ...object.status,
    addresses: address === undefined ? [] : [{ type: "IPAddress", value: address }],
    conditions: conditionsOf(object, object.status?.conditions, statements, context),
    listeners: listeners.map(({ model: { spec, kinds, statements: own }, attachedRoutes }) => ({
      name: spec.name,
      supportedKinds: kinds,
      attachedRoutes,
      conditions: conditionsOf(object, before.get(spec.name)?.conditions, own, context),
    })),
  });
};

/** What is wrong with the first of the listeners that can say it: a port that somebody else has, a certificate that is missing. */
const reasonOf = (listeners: ServedGateway["listeners"]): string => {
  const problems = listeners.flatMap(({ model: { spec, statements } }) =>
    statements
      .filter(({ type, status }) => !status && (type === "Accepted" || type === "ResolvedRefs"))
      .map(({ message }) => `: ${spec.name}: ${message}`),
  );
  return problems[0] ?? "";
};

/** Parents of other controllers stay; ours that the route no longer names go. */
export const writeRouteStatus = async (
  context: StatusContext,
  object: HttpRoute,
  parents: readonly RouteParent[],
  ours: ReadonlySet<string>,
): Promise<KubeObject | undefined> => {
  const before = object.status?.parents ?? [];
  const next: RouteParentStatus[] = parents.map(({ parentRef, controllerName, statements }) => {
    const old = before.find((one) => one.controllerName === controllerName && sameRef(one.parentRef, parentRef));
    return { parentRef, controllerName, conditions: conditionsOf(object, old?.conditions, statements, context) };
  });
  const others = before.filter(({ controllerName }) => !ours.has(controllerName));
  // A route that was never ours gets no status from us.
  if (before.length === 0 && next.length === 0) return undefined;
  return writeStatus(context.client, object, { ...object.status, parents: [...others, ...next] });
};

const sameRef = (one: ParentRef, other: ParentRef): boolean =>
  isDeepStrictEqual({ ...one, group: 0, kind: 0 }, { ...other, group: 0, kind: 0 });

/** The statements as conditions. Those of other types stay; times move only when a status changes. */
const conditionsOf = (
  { metadata }: KubeObject,
  before: readonly Condition[] = [],
  statements: readonly Statement[],
  { now }: StatusContext,
): Condition[] => {
  const said = new Set(statements.map(({ type }) => type));
  const next = statements.map(({ type, status, reason, message }): Condition => {
    const old = before.find((condition) => condition.type === type);
    const value = status ? "True" : "False";
    return {
      type,
      status: value,
      reason,
      message,
      lastTransitionTime: old?.status === value ? old.lastTransitionTime : timestamp(now()),
      ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    };
  });
  return [...next, ...before.filter(({ type }) => !said.has(type))];
};

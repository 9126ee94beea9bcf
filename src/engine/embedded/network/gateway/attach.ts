import { matchesSelector } from "../../controllers/selector.ts";
import { type Pattern, intersect } from "./hostname.ts";
import { type Gateway, GROUP, type HttpRoute, type ParentRef } from "./kinds.ts";
import type { ListenerModel } from "./listeners.ts";

/** A listener that serves a route, with the host names that both have in common. */
export interface Attachment {
  readonly listener: ListenerModel;
  readonly hostnames: readonly Pattern[];
}

export type Attached =
  | { readonly attachments: readonly Attachment[] }
  | { readonly refused: { readonly reason: string; readonly message: string } };

/** Whether a parent reference of a route means a Gateway. */
export const meansGateway = (ref: ParentRef, route: HttpRoute, { metadata }: Gateway): boolean =>
  (ref.group ?? GROUP) === GROUP &&
  (ref.kind ?? "Gateway") === "Gateway" &&
  ref.name === metadata.name &&
  (ref.namespace ?? route.metadata.namespace) === metadata.namespace;

/** The listeners of a Gateway that take a route by one of its parent references, or why none does. */
export const attach = (
  route: HttpRoute,
  ref: ParentRef,
  gateway: Gateway,
  listeners: readonly ListenerModel[],
  labelsOf: (namespace: string) => Readonly<Record<string, string>> | undefined,
): Attached => {
  const meant = listeners.filter(
    ({ spec }) => (ref.sectionName ?? spec.name) === spec.name && (ref.port ?? spec.port) === spec.port,
  );
  if (meant.length === 0) return refuse("NoMatchingParent", "the gateway has no such listener");
  if (!meant.some(({ kinds }) => kinds.some(({ kind }) => kind === route.kind))) {
    return refuse("NotAllowedByListeners", `the gateway's listeners do not serve routes of kind ${route.kind}`);
  }
  const open = meant.filter((listener) => allows(listener, route, gateway, labelsOf));
  if (open.length === 0) return refuse("NotAllowedByListeners", "the gateway's listeners do not allow this route");
  const attachments = open
    .map((listener) => ({ listener, hostnames: commonHostnames(listener.hostname, route.spec.hostnames ?? []) }))
    .filter(({ hostnames }) => hostnames.length > 0);
  return attachments.length > 0
    ? { attachments }
    : refuse("NoMatchingListenerHostname", "no host name of the route is one of the listener's");
};

const refuse = (reason: string, message: string): Attached => ({ refused: { reason, message } });

const allows = (
  { spec, kinds }: ListenerModel,
  route: HttpRoute,
  gateway: Gateway,
  labelsOf: (namespace: string) => Readonly<Record<string, string>> | undefined,
): boolean => {
  if (!kinds.some(({ kind }) => kind === route.kind)) return false;
  const namespace = route.metadata.namespace ?? "";
  const { from = "Same", selector } = spec.allowedRoutes?.namespaces ?? {};
  if (from === "All") return true;
  if (from === "Same") return namespace === gateway.metadata.namespace;
  return from === "Selector" && matchesSelector(selector, labelsOf(namespace));
};

const commonHostnames = (listener: Pattern, route: readonly string[]): Pattern[] => {
  const wanted: readonly Pattern[] = route.length === 0 ? [undefined] : route;
  const common = wanted.map((pattern) => intersect(listener, pattern)).filter((found) => found !== "none");
  return [...new Set(common.map(({ pattern }) => pattern))];
};

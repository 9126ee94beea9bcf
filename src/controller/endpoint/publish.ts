import { routeName } from "../../crds/names.ts";
import type { DataPlane, Endpoint } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject, TypeRef } from "../../k8s/types.ts";
import { refOf } from "../conditions.ts";
import { type AppliedMemory, digestOf } from "../deployment/applied.ts";
import { otherPlanes, type PlaneCall, planeCall } from "../deployment/planes.ts";
import { deploymentLabelsOf, MANAGED, namespaceOf } from "../deployment/slot.ts";
import { isDeleting } from "../finalizers.ts";
import { type Cache, keyOf, type ReconcileContext } from "../reconciler.ts";
import type { ResolvedEndpoint } from "./input.ts";
import { GATEWAYS, GRPC_ROUTE, HTTP_ROUTE } from "./routes.ts";

/** The routes of a data plane as they are seen, by kind. */
export interface RouteView {
  get(type: TypeRef, key: { readonly namespace: string | undefined; readonly name: string }): AnyObject | undefined;
}

/**
 * Watches the routes of a data plane; changes wake the Endpoints they belong to. `no-gateway` where it does not know
 * routes, undefined until its first lists are complete.
 */
export const viewRoutes = async (
  context: ReconcileContext,
  plane: DataPlane,
): Promise<RouteView | "no-gateway" | undefined> => {
  const client = context.planes.of(plane);
  const { cache } = context;
  const caches = new Map<string, Cache>();
  for (const type of [HTTP_ROUTE, GRPC_ROUTE]) {
    if (!(await client.hasKind(type, planeCall(context)))) continue;
    const seen = context.planes.watch(plane, {
      type,
      labelSelector: MANAGED,
      requeue: {
        kind: "Endpoint",
        keys: (route) =>
          cache<Endpoint>("Endpoint")
            .list({ labels: deploymentLabelsOf(route) })
            .map(keyOf),
      },
    });
    if (seen === undefined) return undefined;
    caches.set(type.kind, seen);
  }
  if (!caches.has(HTTP_ROUTE.kind)) return "no-gateway";
  return { get: ({ kind }, key) => caches.get(kind)?.get(key) };
};

/** Closes the routes of the Endpoint that are not wanted, then opens those that are. */
export const publishRoutes = async (
  endpoint: Endpoint,
  routes: readonly AnyObject[],
  work: {
    readonly resolved: ResolvedEndpoint;
    readonly view: RouteView;
    readonly context: ReconcileContext;
    readonly memory: AppliedMemory;
  },
): Promise<void> => {
  const { resolved, view, context, memory } = work;
  const client = context.planes.of(resolved.plane);
  const call = planeCall(context);
  const wanted = new Set(routes.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const isSurplus = ({ kind, metadata }: AnyObject): boolean => !wanted.has(`${kind}/${metadata.name}`);
  await closeRoutes(client, ownRoutes(endpoint, resolved, view).filter(isSurplus), call);
  for (const route of routes) {
    const id = `${endpoint.metadata.uid} ${route.metadata.name}`;
    const live = view.get(route, keyOf(route));
    const applied = { id, digest: digestOf(route), live, nowMs: context.now().getTime() };
    if (memory.holds(client, applied)) continue;
    memory.remember(client, { ...applied, live: await client.apply(route, call) });
  }
};

/** Closes routes that the Endpoint left behind on a data plane that its environment was on before. */
export const closeElsewhere = async (
  endpoint: Endpoint,
  resolved: ResolvedEndpoint,
  context: ReconcileContext,
): Promise<void> => {
  for (const plane of otherPlanes(context, resolved.plane)) {
    const view = await viewRoutes(context, plane);
    if (view === undefined || view === "no-gateway") continue;
    await closeRoutes(context.planes.of(plane), ownRoutes(endpoint, resolved, view), planeCall(context));
  }
};

/** The routes that an Endpoint may have, and has. */
const ownRoutes = (endpoint: Endpoint, { input }: ResolvedEndpoint, view: RouteView): AnyObject[] => {
  const namespace = namespaceOf(input.slot);
  return possibleRoutes(endpoint.metadata.name)
    .map(({ type, name }) => view.get(type, { namespace, name }))
    .filter((route) => route !== undefined);
};

/** Every route that an Endpoint may have, by what it is named. */
export const possibleRoutes = (endpoint: string): { readonly type: TypeRef; readonly name: string }[] =>
  Object.values(GATEWAYS).flatMap((gateway) =>
    [HTTP_ROUTE, GRPC_ROUTE].map((type) => ({ type, name: routeName(gateway, endpoint) })),
  );

const closeRoutes = async (client: KubeClient, routes: readonly AnyObject[], call: PlaneCall): Promise<void> => {
  for (const route of routes.filter((one) => !isDeleting(one))) await client.delete(refOf(route), call);
};

import { routeName } from "../../crds/names.ts";
import type { DataPlane, Endpoint } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject, TypeRef } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
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

interface Work {
  readonly resolved: ResolvedEndpoint;
  /** Undefined while it is not complete: then nothing is closed. */
  readonly view: RouteView | undefined;
  readonly context: ReconcileContext;
  readonly memory: AppliedMemory;
}

/**
 * Closes the routes of the Endpoint that are not wanted, then opens those that are. Returns these as the server has them:
 * what is seen by watching may still be the route before a change.
 */
export const publishRoutes = async (
  endpoint: Endpoint,
  routes: readonly AnyObject[],
  work: Work,
): Promise<AnyObject[]> => {
  const { resolved, view, context } = work;
  const wanted = new Set(routes.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const own = view === undefined ? [] : ownRoutes(endpoint, resolved, view);
  const surplus = own.filter(({ kind, metadata }) => !wanted.has(`${kind}/${metadata.name}`));
  await closeRoutes(context.planes.of(resolved.plane), surplus, planeCall(context));
  return await Promise.all(routes.map((route) => openRoute(endpoint, route, work)));
};

const openRoute = async (
  endpoint: Endpoint,
  route: AnyObject,
  { resolved, view, context, memory }: Work,
): Promise<AnyObject> => {
  const client = context.planes.of(resolved.plane);
  const seen = view?.get(route, keyOf(route));
  const id = `${endpoint.metadata.uid} ${route.metadata.name}`;
  const applied = { id, digest: digestOf(route), live: seen, nowMs: context.now().getTime() };
  if (seen !== undefined && memory.holds(client, applied)) return seen;
  const live = await client.apply(route, planeCall(context));
  memory.remember(client, { ...applied, live });
  return live;
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

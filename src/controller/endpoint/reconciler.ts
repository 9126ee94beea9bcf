import { FINALIZERS } from "../../crds/labels.ts";
import type { DataPlane, Deployment, Endpoint } from "../../crds/types.ts";
import { isConflict, isKubeError } from "../../k8s/errors.ts";
import { messageOf } from "../../lib/errors.ts";
import { isTrue, type Statement } from "../conditions.ts";
import { type AppliedMemory, createAppliedMemory, REPAIR_MS } from "../deployment/applied.ts";
import { serverOf, wakeByPlane, whyUnreachable } from "../deployment/planes.ts";
import { nameOf } from "../hierarchy.ts";
import { type Observation, reconcilerOf } from "../lifecycle.ts";
import { keyOf, type ReconcileContext, type Reconciler } from "../reconciler.ts";
import { wakeChildren, wakeFor } from "../watches.ts";
import { whyNotServed } from "./acceptance.ts";
import { addressesOf } from "./addresses.ts";
import { competitorsOf, ownerOf } from "./conflicts.ts";
import { finalizeEndpoint } from "./finalize.ts";
import { resolveEndpoint, type ResolvedEndpoint } from "./input.ts";
import { closeElsewhere, publishRoutes, viewRoutes } from "./publish.ts";
import { type Exposure, exposuresOf, isRoutable, renderRoute } from "./routes.ts";

const MAIN = { type: "Ready", reason: "EndpointReady", message: "The endpoint is reachable" } as const;

/** Opens the gateways of a data plane for a deployed component, and says under which URLs it answers. */
export const createEndpointReconciler = (memory: AppliedMemory = createAppliedMemory()): Reconciler =>
  reconcilerOf({
    kind: "Endpoint",
    watches: [
      wakeChildren("Project", "Endpoint"),
      wakeChildren("Component", "Endpoint"),
      wakeChildren("DeploymentTrack", "Endpoint"),
      wakeChildren("Environment", "Endpoint"),
      wakeByPlane("Endpoint"),
      wakeFor("Deployment", ({ metadata }, context) =>
        context
          .cache("Endpoint")
          .list({ namespace: metadata.namespace })
          .filter((endpoint) => endpoint.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
          .map(keyOf),
      ),
      // The younger of two that want one host and path gets it when the older is gone, and yields when it appears.
      {
        ...wakeFor("Endpoint", (endpoint, context) => competitorsOf(endpoint, context).map(keyOf)),
        ignoreStatus: true,
      },
    ],
    main: MAIN,
    observe: (endpoint: Endpoint, context) => observe(endpoint, context, memory),
    failure: (error) =>
      isConflict(error)
        ? undefined
        : {
            reason: isKubeError(error, 0) ? "DataPlaneUnreachable" : "EndpointReconcileFailed",
            message: messageOf(error),
          },
    deletion: {
      finalizer: FINALIZERS.Endpoint,
      condition: { type: "Ready", status: false, reason: "EndpointTerminating" },
      finalize: finalizeEndpoint,
    },
  });

export const endpointReconciler: Reconciler = createEndpointReconciler();

const observe = async (endpoint: Endpoint, context: ReconcileContext, memory: AppliedMemory): Promise<Observation> => {
  const resolved = resolveEndpoint(endpoint, context);
  const unreachable = whyUnreachable(resolved.plane);
  if (unreachable !== undefined) {
    return { statements: [{ type: "Ready", status: "Unknown", reason: "DataPlaneUnreachable", message: unreachable }] };
  }
  const exposures = exposuresOf(resolved.input);
  const view = await viewRoutes(context, resolved.plane);
  if (view === "no-gateway") {
    return describe(resolved, [], { context, ...(exposures.length > 0 && NO_GATEWAY) });
  }
  const refused = new Map(
    exposures.map((exposure) => [exposure, whyRefused(endpoint, { resolved, exposure }, context)] as const),
  );
  const open = exposures.filter((exposure) => refused.get(exposure) === undefined);
  const routes = open.map((exposure) => renderRoute(resolved.input, exposure));
  const live = await publishRoutes(endpoint, routes, { resolved, view, context, memory });
  // Open first, so that a watch that has just begun delays nothing; the next run closes and reads back.
  if (view === undefined) return describe(resolved, open, { context, ...VIEW_INCOMPLETE });
  if (isServedHere(endpoint, resolved, context)) await closeElsewhere(endpoint, resolved, context);
  const ready = [...refused.values(), ...live.map(whyNotServed)].find((why) => why !== undefined);
  return describe(resolved, open, { context, ...(ready && { ready }) });
};

/** Until its Deployment is ready on this plane, what runs where the environment was before goes on answering. */
const isServedHere = (endpoint: Endpoint, { plane }: ResolvedEndpoint, context: ReconcileContext): boolean => {
  const { namespace, ownerReferences = [] } = endpoint.metadata;
  const deployment = context
    .cache<Deployment>("Deployment")
    .list({ namespace })
    .find(({ metadata }) => ownerReferences.some(({ uid }) => uid === metadata.uid));
  if (deployment === undefined) return true;
  return deployment.status?.dataPlane === plane.metadata.name && isTrue(deployment, "Ready");
};

/** Why an exposure gets no route. What asks for protection that is not there is kept closed. */
const whyRefused = (
  endpoint: Endpoint,
  { resolved, exposure }: { readonly resolved: ResolvedEndpoint; readonly exposure: Exposure },
  context: ReconcileContext,
): Statement | undefined => {
  const { securitySchemes, host, path } = exposure;
  if (securitySchemes.length > 0) {
    const message = `The gateway cannot enforce ${securitySchemes.join(", ")} yet, so no route is opened`;
    return notReady("SecurityPolicyUnsupported", message);
  }
  const owner = ownerOf(endpoint, { resolved, exposure }, context);
  if (owner === undefined) return undefined;
  const { name, namespace } = owner.metadata;
  return notReady("RouteConflict", `${host}${path} belongs to Endpoint ${namespace}/${name}`);
};

const describe = (
  { input, plane }: ResolvedEndpoint,
  open: readonly Exposure[],
  more: { readonly context: ReconcileContext; readonly ready?: Statement; readonly againAfterMs?: number },
): Observation => {
  const addresses = addressesOf(input, open, gatewayPortOf(plane, more.context));
  const note = `${input.spec.type} has no route through the gateways: it is reachable inside its project only`;
  const ready = { ...MAIN, status: true, ...(!isRoutable(input) && { message: note }) };
  return {
    statements: [more.ready ?? ready],
    fields: { address: addresses[0]?.url, addresses },
    againAfterMs: more.againAfterMs ?? REPAIR_MS,
  };
};

/** Organizations have DataPlane resources of their own for the clusters they share: a port belongs to the cluster. */
const gatewayPortOf = (plane: DataPlane, { cache, settings }: ReconcileContext): number | undefined => {
  const sameCluster = cache<DataPlane>("DataPlane")
    .list()
    .filter((other) => serverOf(other) === serverOf(plane));
  return [plane, ...sameCluster].map((one) => settings.gatewayPort(nameOf(one))).find((port) => port !== undefined);
};

const notReady = (reason: string, message: string): Statement => ({ type: "Ready", status: false, reason, message });

const VIEW_INCOMPLETE = {
  ready: notReady("EndpointProgressing", "The routes of the data plane are not known yet"),
  againAfterMs: 300,
} as const;

const NO_GATEWAY = {
  ready: notReady("GatewayMissing", "The data plane does not know HTTPRoutes: its gateway is not installed"),
  againAfterMs: 10_000,
} as const;

import type { DataPlane } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { messageOf } from "../../lib/errors.ts";
import { findCondition } from "../conditions.ts";
import { FORCE_HINT } from "../force-delete.ts";
import { findDataPlane, findParent } from "../hierarchy.ts";
import { keyOf, type ReconcileContext, type Watch } from "../reconciler.ts";
import { wakeFor } from "../watches.ts";

/** Calls to a data plane: one that hangs must not hold a worker for the length of an ordinary call. */
export interface PlaneCall {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export const planeCall = ({ signal }: Pick<ReconcileContext, "signal">): PlaneCall => ({ signal, timeoutMs: 10_000 });

/**
 * Why a plane is not called at all: its last probe failed, and the next one that succeeds wakes whatever waits.
 * Undefined for a plane that answers, or that nobody has asked since its credentials changed.
 */
export const whyUnreachable = (plane: DataPlane): string | undefined => {
  const reachable = findCondition(plane, "Reachable");
  if (reachable?.status !== "False" || reachable.observedGeneration !== plane.metadata.generation) return undefined;
  return `DataPlane ${plane.metadata.name} does not answer: ${reachable.message}`;
};

/** A data plane that answers again, or that got new credentials, wakes what is placed on it. */
export const wakeByPlane = (wokenKind: "Deployment" | "Endpoint"): Watch =>
  wakeFor("DataPlane", (plane, context) =>
    context
      .cache(wokenKind)
      .list({ namespace: plane.metadata.namespace })
      .filter((object) => {
        const environment = findParent(context, object, "Environment");
        const placedOn = environment && findDataPlane(context, environment);
        return placedOn?.metadata.name === plane.metadata.name;
      })
      .map(keyOf),
  );

/** Where objects of a resource may be: on the plane of its environment, or, when that is not known any more, anywhere. */
export const planesOf = (context: Pick<ReconcileContext, "cache">, object: KubeObject): DataPlane[] => {
  const environment = findParent(context, object, "Environment");
  const planes = context.cache<DataPlane>("DataPlane").list({ namespace: object.metadata.namespace });
  if (environment === undefined) return planes;
  const plane = findDataPlane(context, environment);
  return plane === undefined ? planes : [plane];
};

/**
 * Takes the next step of a deletion on each plane; `step` returns what it waits for. A plane that does not answer is
 * waited for unless `forced`. Returns the first wait, or undefined when nothing is left.
 */
export const cleanPlanes = async (
  context: ReconcileContext,
  planes: readonly DataPlane[],
  { forced, step }: { readonly forced: boolean; readonly step: (client: KubeClient) => Promise<string | undefined> },
): Promise<string | undefined> => {
  const waits = await Promise.all(
    planes.map(async (plane) => {
      const title = `DataPlane ${plane.metadata.name}`;
      try {
        const wait = await step(context.planes.of(plane));
        return wait === undefined ? undefined : `${wait} on ${title}`;
      } catch (error) {
        context.signal.throwIfAborted();
        if (!forced) return `${title} to answer: ${messageOf(error)}; ${FORCE_HINT}`;
        context.log("warn", `left behind what is on ${title}`, { error: messageOf(error) });
        return undefined;
      }
    }),
  );
  return waits.find((wait) => wait !== undefined);
};

/** Planes that a resource may have been moved away from: all others of its organization that answer. */
export const otherPlanes = (context: Pick<ReconcileContext, "cache">, plane: DataPlane): DataPlane[] =>
  context
    .cache<DataPlane>("DataPlane")
    .list({ namespace: plane.metadata.namespace })
    .filter((other) => other.metadata.uid !== plane.metadata.uid && !isSameCluster(other, plane))
    .filter((other) => whyUnreachable(other) === undefined);

const isSameCluster = (a: DataPlane, b: DataPlane): boolean => serverOf(a) === serverOf(b);

/** What tells clusters apart: several DataPlane resources may stand for one. */
export const serverOf = (plane: DataPlane): string => plane.spec.kubernetesCluster.credentials.apiServerURL;

import type { Deployment } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { deleteInPhases } from "../children.ts";
import { isDeleting } from "../finalizers.ts";
import { isForced } from "../force-delete.ts";
import { compareAge, nameOf } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { listOwn } from "./apply.ts";
import { endpointsOf } from "./endpoints.ts";
import { cleanPlanes, type PlaneCall, planeCall, planesOf } from "./planes.ts";
import { twinsOf } from "./inputs.ts";
import { findSlot, type Slot } from "./slot.ts";

/**
 * Deletes what the Deployment made: its routes with its Endpoints, and its own objects in the data plane, never what
 * the namespace shares. Needs nothing but its labels: parents, artifact and build may be gone.
 */
export const finalizeDeployment = async (
  deployment: Deployment,
  context: ReconcileContext,
): Promise<string | undefined> => {
  const endpoints = await deleteInPhases(context, [[endpointsOf(deployment)]]);
  const left = (await deleteWorkload(deployment, context)) ?? endpoints;
  if (left === undefined) await context.settings.forgetSaves?.(deployment.metadata.uid ?? "");
  return left;
};

const deleteWorkload = async (deployment: Deployment, context: ReconcileContext): Promise<string | undefined> => {
  const slot = findSlot(deployment);
  if (slot === undefined || hasOwner(deployment, context)) return undefined;
  const planes = planesOf(context, deployment);
  return await cleanPlanes(context, planes, {
    forced: isForced(context, deployment) || planes.some((plane) => isForced(context, plane)),
    step: (client) => deleteOwn(client, slot, planeCall(context)),
  });
};

/** A twin of the same name that stays: the workload is its own, and this one never made any. */
const hasOwner = (deployment: Deployment, context: ReconcileContext): boolean =>
  twinsOf(deployment, context).some(
    (twin) => nameOf(twin) === nameOf(deployment) && compareAge(twin, deployment) < 0 && !isDeleting(twin),
  );

const deleteOwn = async (client: KubeClient, slot: Slot, call: PlaneCall): Promise<string | undefined> => {
  const found = await listOwn(client, slot, call);
  await Promise.all(found.filter((object) => !isDeleting(object)).map((object) => client.delete(refOf(object), call)));
  const [first] = found;
  return first === undefined ? undefined : `${first.kind} ${first.metadata.name} to be deleted`;
};

import type { DataPlane, Deployment } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { deleteInPhases } from "../children.ts";
import { refOf } from "../conditions.ts";
import { isDeleting } from "../finalizers.ts";
import { isForced } from "../force-delete.ts";
import { nameOf } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { validateLabels } from "../validation.ts";
import { listOwn } from "./apply.ts";
import { endpointsOf } from "./endpoints.ts";
import { cleanPlanes, type PlaneCall, planeCall, planesOf } from "./planes.ts";
import { type Slot, slotOfDeployment } from "./slot.ts";

/**
 * Deletes what the Deployment made: its routes with its Endpoints, and its own objects in the data plane, never what
 * the namespace shares. Needs nothing but its labels: parents, artifact and build may be gone.
 */
export const finalizeDeployment = async (
  deployment: Deployment,
  context: ReconcileContext,
): Promise<string | undefined> => {
  const endpoints = await deleteInPhases(context, [[endpointsOf(deployment)]]);
  return (await deleteWorkload(deployment, context)) ?? endpoints;
};

const deleteWorkload = async (deployment: Deployment, context: ReconcileContext): Promise<string | undefined> => {
  // Without its labels it never made anything.
  if (!hasSlot(deployment)) return undefined;
  const slot = slotOfDeployment(deployment);
  const planes = planesOf(context, deployment);
  return await cleanPlanes(context, planes, {
    forced: isForced(context, deployment) || planes.some((plane: DataPlane) => isForced(context, plane)),
    step: (client) => deleteOwn(client, slot, planeCall(context)),
  });
};

const hasSlot = (deployment: Deployment): boolean =>
  validateLabels(deployment).every(({ message }) => message.includes(nameOf(deployment)));

const deleteOwn = async (client: KubeClient, slot: Slot, call: PlaneCall): Promise<string | undefined> => {
  const found = await listOwn(client, slot, call);
  await Promise.all(found.filter((object) => !isDeleting(object)).map((object) => client.delete(refOf(object), call)));
  const [first] = found;
  return first === undefined ? undefined : `${first.kind} ${first.metadata.name} to be deleted`;
};

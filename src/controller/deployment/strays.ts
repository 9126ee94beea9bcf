import type { TypeRef } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { isDeleting } from "../finalizers.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { listOwn } from "./apply.ts";
import type { Resolved } from "./inputs.ts";
import { otherPlanes, planeCall } from "./planes.ts";
import { viewPlane } from "./readback.ts";
import { slotLabels } from "./slot.ts";

/**
 * Deletes what the Deployment left behind on a data plane that its environment was on before. Seen by watching: planes
 * where nothing is cost no call.
 */
export const removeFromOtherPlanes = async (
  { plane, slot }: Resolved,
  workload: TypeRef,
  context: ReconcileContext,
): Promise<void> => {
  for (const other of otherPlanes(context, plane)) {
    const left = viewPlane(context, other, workload)?.workloads.list({ labels: slotLabels(slot) }) ?? [];
    if (left.length === 0) continue;
    const client = context.planes.of(other);
    const call = planeCall(context);
    const own = await listOwn(client, slot, call);
    await Promise.all(own.filter((object) => !isDeleting(object)).map((object) => client.delete(refOf(object), call)));
  }
};

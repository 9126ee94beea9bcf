import type { KubeObject } from "../k8s/types.ts";
import { isDeleting } from "./finalizers.ts";
import { nameOf } from "./hierarchy.ts";
import type { ReconcileContext } from "./reconciler.ts";

/** Whether another object of the kind has the same name and stays: what the planes hold under that name is its too. */
export const hasTwin = (object: KubeObject, context: Pick<ReconcileContext, "cache">): boolean =>
  context
    .cache(object.kind)
    .list({ namespace: object.metadata.namespace })
    .some(
      (other) => nameOf(other) === nameOf(object) && other.metadata.uid !== object.metadata.uid && !isDeleting(other),
    );

import type { KubeObject } from "../k8s/types.ts";
import { ANNOTATIONS } from "../crds/labels.ts";
import { isDeleting } from "./finalizers.ts";
import { findParent } from "./hierarchy.ts";
import type { ReconcileContext } from "./reconciler.ts";

/**
 * Whether what lies outside the control plane may be left behind when the object is deleted: the object, its organization, or
 * a parent that is being deleted itself carries the annotation `core.choreo.dev/force-delete: "true"`.
 */
export const isForced = (context: Pick<ReconcileContext, "cache">, object: KubeObject): boolean =>
  isAnnotated(object) ||
  isAnnotated(findParent(context, object, "Organization")) ||
  BETWEEN.some((kind) => {
    const parent = findParent(context, object, kind);
    return parent !== undefined && isDeleting(parent) && isAnnotated(parent);
  });

/** Parents whose deletion takes the object along. */
const BETWEEN = ["Project", "Component", "DeploymentTrack", "Environment", "Deployment"] as const;

/** The sentence that tells how to give up on something that does not answer. */
export const FORCE_HINT: string = `annotate it with ${ANNOTATIONS.forceDelete}=true to leave it behind`;

const isAnnotated = (object: KubeObject | undefined): boolean =>
  object?.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";

import type { KubeObject } from "../k8s/types.ts";
import { ANNOTATIONS } from "../crds/labels.ts";
import { findParent } from "./hierarchy.ts";
import type { ReconcileContext } from "./reconciler.ts";

/**
 * Whether what lies outside the control plane may be left behind when the object is deleted: the object or its
 * organization carries the annotation `core.choreo.dev/force-delete: "true"`.
 */
export const isForced = (context: Pick<ReconcileContext, "cache">, object: KubeObject): boolean =>
  isAnnotated(object) || isAnnotated(findParent(context, object, "Organization"));

/** The sentence that tells how to give up on something that does not answer. */
export const FORCE_HINT: string = `annotate it with ${ANNOTATIONS.forceDelete}=true to leave it behind`;

const isAnnotated = (object: KubeObject | undefined): boolean =>
  object?.metadata.annotations?.[ANNOTATIONS.forceDelete] === "true";

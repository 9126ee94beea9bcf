import type { AnyObject, KubeObject } from "../k8s/types.ts";
import { isNotFound } from "../k8s/errors.ts";
import { refOf } from "../k8s/object-ref.ts";
import type { ReconcileContext } from "./reconciler.ts";

export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

export const hasFinalizer = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) ?? false;

/** Adds the finalizer when it is not there and returns the object as it is now. */
export const ensureFinalizer = async <T extends KubeObject = AnyObject>(
  context: ReconcileContext,
  object: T,
  finalizer: string,
): Promise<T> => {
  if (hasFinalizer(object, finalizer)) return object;
  return await writeFinalizers(context, object, [...(object.metadata.finalizers ?? []), finalizer]);
};

/** Lets the object go. No error when it is gone already. */
export const removeFinalizer = async (
  context: ReconcileContext,
  object: KubeObject,
  finalizer: string,
): Promise<void> => {
  if (!hasFinalizer(object, finalizer)) return;
  const rest = object.metadata.finalizers?.filter((name) => name !== finalizer) ?? [];
  try {
    await writeFinalizers(context, object, rest);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

/** A merge patch replaces the whole list, so the resourceVersion keeps us from undoing somebody else's change. */
const writeFinalizers = async <T extends KubeObject>(
  context: ReconcileContext,
  object: T,
  finalizers: readonly string[],
): Promise<T> => {
  const { resourceVersion } = object.metadata;
  const patch = { metadata: { resourceVersion, finalizers } };
  return await context.client.mergePatch<T>(refOf(object), patch, { signal: context.signal });
};

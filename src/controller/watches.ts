import type { AnyObject, KubeObject } from "../k8s/types.ts";
import { findParent, namesParent, type ParentKind } from "./hierarchy.ts";
import type { ChoreoKind, ChoreoTypes } from "./kinds.ts";
import { type Key, keyOf, type ReconcileContext, type Watch } from "./reconciler.ts";

/** A watch of a kind whose type is known. */
export const wakeFor = <K extends ChoreoKind>(
  kind: K,
  keys: (object: ChoreoTypes[K], context: ReconcileContext) => Key[],
): Watch => ({ kind, keys: (object, context) => keys(object as KubeObject as ChoreoTypes[K], context) });

/** Changes of a child wake its parent: "Deployment → its Environment". */
export const wakeParent = (childKind: string, parentKind: ParentKind): Watch => ({
  kind: childKind,
  keys: (child, context) => {
    const parent = findParent(context, child, parentKind);
    return parent === undefined ? [] : [keyOf(parent)];
  },
});

/** Changes of a parent wake the children of one kind that name it, so that they need not wait for a retry. */
export const wakeChildren = (parentKind: ParentKind, childKind: string): Watch => ({
  kind: parentKind,
  // A parent that reports on the deletion of its children must not run them all for each line.
  ignoreStatus: true,
  keys: (parent, context) =>
    sameOrganization(parent, context, childKind)
      .filter((child) => namesParent(child, parent, parentKind))
      .filter((child) => isSame(findParent(context, child, parentKind), parent))
      .map(keyOf),
});

/** Changes wake every object of a kind in the same organization: for the few kinds of which there are few. */
export const wakeAll = (kind: string, wokenKind: string): Watch => ({
  kind,
  ignoreStatus: true,
  keys: (object, context) => sameOrganization(object, context, wokenKind).map(keyOf),
});

/** An Organization is not in the namespace that it names. */
const sameOrganization = ({ kind, metadata }: AnyObject, context: ReconcileContext, wanted: string): AnyObject[] =>
  context.cache(wanted).list({ namespace: kind === "Organization" ? metadata.name : metadata.namespace });

const isSame = (found: KubeObject | undefined, object: KubeObject): boolean =>
  found !== undefined && found.metadata.uid === object.metadata.uid;

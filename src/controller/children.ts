import type { AnyObject, KubeObject } from "../k8s/types.ts";
import { refOf } from "../k8s/object-ref.ts";
import { CHOREO_API } from "../crds/labels.ts";
import { conditionsOf } from "./conditions.ts";
import { isDeleting } from "./finalizers.ts";
import { findParent, namesParent, type ParentKind, selectorOfChildren } from "./hierarchy.ts";
import type { ChoreoKind, ChoreoTypes } from "./kinds.ts";
import type { ReconcileContext } from "./reconciler.ts";

/** Control-plane objects that have to be gone before their parent goes. */
export interface Children {
  readonly kind: string;
  readonly namespace: string | undefined;
  /** Spares the server and us most of those that `where` would drop. */
  readonly labelSelector?: string;
  readonly where: (child: KubeObject) => boolean;
}

/** Children by a condition on what they are. */
export const childrenWhere = <K extends ChoreoKind>(
  kind: K,
  namespace: string | undefined,
  where: (child: ChoreoTypes[K]) => boolean,
): Children => ({ kind, namespace, where: where as (child: KubeObject) => boolean });

/**
 * The children of one kind that resolve to this very object: with two parents of one name, deleting the younger one
 * leaves the children of the older alone.
 */
export const childrenOf = (
  context: ReconcileContext,
  parent: KubeObject,
  kinds: { readonly parent: ParentKind; readonly child: string },
): Children => ({
  kind: kinds.child,
  namespace: parent.metadata.namespace,
  labelSelector: selectorOfChildren(parent, kinds.parent),
  where: (child) =>
    namesParent(child, parent, kinds.parent) &&
    findParent(context, child, kinds.parent)?.metadata.uid === parent.metadata.uid,
});

/**
 * Deletes children in order: a phase starts when the one before it is gone for good. Returns what is waited for in
 * plain words, or undefined when nothing is left.
 */
export const deleteInPhases = async (
  context: ReconcileContext,
  phases: readonly (readonly Children[])[],
): Promise<string | undefined> => {
  for (const phase of phases) {
    const left = (await Promise.all(phase.map((children) => listChildren(context, children)))).flat();
    if (left.length === 0) continue;
    await deleteAll(context, left);
    return describeWait(left);
  }
  return undefined;
};

/** "Component api and 2 more (Component api: waiting for DeploymentTrack api-main)". */
export const describeWait = (left: readonly KubeObject[]): string => {
  const [first, ...rest] = left;
  if (first === undefined) return "nothing";
  const title = `${first.kind} ${first.metadata.name}`;
  const held = left.find((object) => deletionMessage(object) !== undefined);
  const why = held === undefined ? "" : ` (${held.kind} ${held.metadata.name}: ${deletionMessage(held)})`;
  return `${title}${rest.length === 0 ? "" : ` and ${rest.length} more`}${why.slice(0, 500)}`;
};

/** That there are none is asked of the server: a child that the cache does not know yet would be left behind. */
const listChildren = async (context: ReconcileContext, children: Children): Promise<readonly AnyObject[]> => {
  const { kind, namespace, labelSelector, where } = children;
  const cached = context.cache(kind).list({ namespace }).filter(where);
  if (cached.length > 0) return cached;
  const options = { namespace, labelSelector, signal: context.signal };
  return (await context.client.list({ apiVersion: CHOREO_API, kind }, options)).items.filter(where);
};

const deleteAll = async (context: ReconcileContext, children: readonly AnyObject[]): Promise<void> => {
  const fresh = children.filter((child) => !isDeleting(child));
  await Promise.all(
    fresh.map(async (child) => {
      const { uid } = child.metadata;
      await context.client.delete(refOf(child), { signal: context.signal, ...(uid === undefined ? {} : { uid }) });
    }),
  );
};

/** What a child that is being deleted says about itself. */
const deletionMessage = (child: KubeObject): string | undefined => {
  if (!isDeleting(child)) return undefined;
  return conditionsOf(child).find(({ reason }) => /(?:Finalizing|Terminating|CleanupOngoing)$/.test(reason))?.message;
};

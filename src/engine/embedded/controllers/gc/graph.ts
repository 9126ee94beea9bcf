import type { TypeRef } from "../../../../k8s/types.ts";
import type { ObjectChange } from "./monitors.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

export interface Owner {
  readonly uid: string;
  /** Whether the owner waits for this dependent when it is deleted in the foreground. */
  readonly blocks: boolean;
}

/** What is remembered of an object. */
export interface GraphNode {
  readonly uid: string;
  readonly type: TypeRef;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly owners: readonly Owner[];
  readonly deleting: boolean;
  /** It stays until its dependents are gone. */
  readonly foreground: boolean;
  /** It stays until its dependents are cut loose. */
  readonly orphan: boolean;
}

/** Who owns whom in a cluster. */
export interface Graph {
  get(uid: string): GraphNode | undefined;
  dependentsOf(uid: string): GraphNode[];
  /** Takes a change in and returns the object as it was known before. */
  apply(change: ObjectChange): { readonly before: GraphNode | undefined; readonly after: GraphNode | undefined };
}

export const createGraph = (): Graph => {
  const nodes = new Map<string, GraphNode>();
  const dependents = new Map<string, Set<string>>();
  const unlink = ({ uid, owners }: GraphNode): void => {
    for (const owner of owners) {
      const uids = dependents.get(owner.uid);
      uids?.delete(uid);
      if (uids?.size === 0) dependents.delete(owner.uid);
    }
  };
  const link = ({ uid, owners }: GraphNode): void => {
    for (const owner of owners) {
      const uids = dependents.get(owner.uid) ?? new Set<string>();
      dependents.set(owner.uid, uids.add(uid));
    }
  };
  return {
    get: (uid) => nodes.get(uid),
    dependentsOf: (uid) => [...(dependents.get(uid) ?? [])].flatMap((dependent) => nodes.get(dependent) ?? []),
    apply: (change) => {
      const before = nodes.get(change.uid);
      const after = nodeOf(change);
      if (before !== undefined) unlink(before);
      if (after === undefined) nodes.delete(change.uid);
      else {
        nodes.set(change.uid, after);
        link(after);
      }
      return { before, after };
    },
  };
};

/** Most objects have none. */
const NO_OWNERS: readonly Owner[] = [];

const nodeOf = ({ type, namespace, name, uid, object }: ObjectChange): GraphNode | undefined => {
  if (object === undefined) return undefined;
  const { ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
  const owners =
    ownerReferences.length === 0
      ? NO_OWNERS
      : ownerReferences.map((owner) => ({ uid: owner.uid, blocks: owner.blockOwnerDeletion === true }));
  const deleting = deletionTimestamp !== undefined;
  return {
    uid,
    type,
    namespace,
    name,
    owners,
    deleting,
    foreground: deleting && finalizers.includes(FOREGROUND),
    orphan: deleting && finalizers.includes(ORPHAN),
  };
};

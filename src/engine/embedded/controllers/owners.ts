import type { KubeClient } from "../../../k8s/client.ts";
import type { KubeObject, OwnerReference, TypeRef } from "../../../k8s/types.ts";
import type { LabelSelector } from "./kinds.ts";
import { matchesSelector } from "./selector.ts";

/** The owner that manages an object, if it has one. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

/** A reference that makes `owner` the controller of what carries it. */
export const controllerReference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: uidOf({ metadata }),
  controller: true,
  blockOwnerDeletion: true,
});

/** Every object of a server has one. */
export const uidOf = ({ metadata }: Pick<KubeObject, "metadata">): string => metadata.uid ?? "";

export const isDeleting = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** Key of an object in a queue: `namespace/name`. */
export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

export const splitKey = (key: string): { readonly namespace: string; readonly name: string } => {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
};

export const refOf = ({ apiVersion, kind, metadata }: KubeObject): TypeRef & { name: string; namespace?: string } => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
});

/** Changes the owners of an object; refused by the server when the object is no longer the one that was seen. */
export const setOwners = async (
  client: KubeClient,
  object: KubeObject,
  ownerReferences: readonly OwnerReference[],
): Promise<KubeObject> => {
  const { uid, resourceVersion } = object.metadata;
  return client.mergePatch(refOf(object), { metadata: { uid, resourceVersion, ownerReferences } });
};

export interface Claim<T extends KubeObject> {
  readonly client: KubeClient;
  readonly owner: KubeObject;
  readonly selector: LabelSelector;
  /** What the owner controls. */
  readonly owned: readonly T[];
  /** What nobody controls, in the same namespace. */
  readonly orphans: readonly T[];
}

/**
 * What belongs to an owner: adopts orphans that its selector matches, and lets go what it no longer matches. An owner that
 * is being deleted does neither.
 */
export const claim = async <T extends KubeObject>(work: Claim<T>): Promise<T[]> => {
  const { client, owner, selector, owned, orphans } = work;
  const matches = ({ metadata }: T): boolean => matchesSelector(selector, metadata.labels);
  const kept = owned.filter(matches);
  if (isDeleting(owner)) return kept;
  for (const child of owned) {
    if (matches(child) || isDeleting(child)) continue;
    const others = (child.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    await setOwners(client, child, others);
  }
  const wanted = orphans.filter((child) => matches(child) && !isDeleting(child));
  if (wanted.length === 0 || !(await isCurrent(client, owner))) return kept;
  for (const child of wanted) {
    const references = [...(child.metadata.ownerReferences ?? []), controllerReference(owner)];
    kept.push((await setOwners(client, child, references)) as T);
  }
  return kept;
};

/** The local copy may not know yet that the owner is going, and an orphan adopted then would go with it. */
const isCurrent = async (client: KubeClient, owner: KubeObject): Promise<boolean> => {
  const live = await client.get(refOf(owner));
  return live !== undefined && live.metadata.uid === owner.metadata.uid && !isDeleting(live);
};

import type { KubeClient } from "../k8s/client.ts";
import { isNotFound } from "../k8s/errors.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";

export const SYSTEM_NAMESPACE = "choreo-system";
export const ADDON_LABEL = "choreo.dev/addon";
const MANAGED_BY = { "app.kubernetes.io/managed-by": "choreo-dev" };

/** What is recorded in a cluster about an addon: enough to see whether it is the wanted one, ready, and to prune. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** See addonHash; empty while an apply is under way or was interrupted. */
  readonly hash: string;
  /** Every object that may be there because of this addon. */
  readonly objects: readonly ObjectRef[];
  /** What has to be ready, as the version that was installed wanted it. */
  readonly ready: readonly ObjectRef[];
}

/** Labels that everything an addon creates carries. */
export const addonLabels = (name: string): Record<string, string> => ({
  ...MANAGED_BY,
  "app.kubernetes.io/part-of": "choreo-dev",
  [ADDON_LABEL]: name,
});

export const recordName = (addon: string): string => `choreo-dev-addon-${addon}`;

const recordRef = (addon: string): ObjectRef => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace: SYSTEM_NAMESPACE,
  name: recordName(addon),
});

export const readRecord = async (
  client: KubeClient,
  addon: string,
  signal?: AbortSignal,
): Promise<Installed | undefined> => {
  const found = await client.get(recordRef(addon), { signal });
  return found === undefined ? undefined : fromRecord(found);
};

export const writeRecord = async (client: KubeClient, installed: Installed, signal?: AbortSignal): Promise<void> => {
  const { name, version, hash, objects, ready } = installed;
  const object: AnyObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: recordName(name), namespace: SYSTEM_NAMESPACE, labels: addonLabels(name) },
    data: { version, hash, objects: JSON.stringify(objects), ready: JSON.stringify(ready) },
  };
  await client.apply(object, { signal });
};

export const removeRecord = async (client: KubeClient, addon: string, signal: AbortSignal): Promise<void> => {
  await client.delete(recordRef(addon), { signal });
};

/** The records of all addons of a cluster. */
export const listRecords = async (client: KubeClient, signal?: AbortSignal): Promise<Installed[]> => {
  const labelSelector = `app.kubernetes.io/managed-by=choreo-dev,${ADDON_LABEL}`;
  const { items } = await client.list(
    { apiVersion: "v1", kind: "ConfigMap" },
    { namespace: SYSTEM_NAMESPACE, labelSelector, signal },
  );
  return items
    .filter(({ metadata }) => metadata.name === recordName(metadata.labels?.[ADDON_LABEL] ?? ""))
    .map(fromRecord);
};

/** Deletes what an earlier version had and this one has not. Definitions and namespaces stay: other people's data is in them. */
export const pruneObjects = async (
  client: KubeClient,
  before: readonly ObjectRef[],
  now: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<ObjectRef[]> => {
  const kept = new Set(now.map(keyOf));
  const gone = before.filter(
    (ref) => !kept.has(keyOf(ref)) && ref.kind !== "CustomResourceDefinition" && ref.kind !== "Namespace",
  );
  for (const ref of gone) {
    // A kind that the cluster does not know any more took its objects along.
    await client.delete(ref, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
  return gone;
};

export const refOf = ({ apiVersion, kind, metadata }: AnyObject): ObjectRef => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
});

/** Versions of one group are the same objects. */
export const keyOf = ({ apiVersion, kind, namespace = "", name }: ObjectRef): string =>
  [apiVersion.includes("/") ? apiVersion.split("/")[0] : "", kind, namespace, name].join("|");

const fromRecord = (object: AnyObject): Installed => {
  const data = (object["data"] ?? {}) as Record<string, string>;
  return {
    name: object.metadata.labels?.[ADDON_LABEL] ?? "",
    version: data["version"] ?? "",
    hash: data["hash"] ?? "",
    objects: parseRefs(data["objects"]),
    ready: parseRefs(data["ready"]),
  };
};

const parseRefs = (text: string | undefined): ObjectRef[] => {
  try {
    return JSON.parse(text ?? "[]") as ObjectRef[];
  } catch {
    // Somebody edited the record: what it listed cannot be pruned, but everything is applied again.
    return [];
  }
};

import { createHash } from "node:crypto";
import { SYSTEM_NAMESPACE } from "../addons/inventory.ts";
import type { KubeClient } from "../k8s/client.ts";
import { isKubeError } from "../k8s/errors.ts";
import type { AnyObject } from "../k8s/types.ts";

const LABEL = "choreo.dev/applied";

/** Hashes of the manifests that earlier runs applied, by their ids. They are kept in the control plane itself. */
export const readApplied = async (client: KubeClient, signal: AbortSignal): Promise<Record<string, string>> => {
  const { items } = await client.list(
    { apiVersion: "v1", kind: "ConfigMap" },
    { namespace: SYSTEM_NAMESPACE, labelSelector: LABEL, signal },
  );
  return Object.fromEntries(
    items.flatMap((item) => {
      const { id, hash } = (item["data"] ?? {}) as { id?: string; hash?: string };
      return id === undefined || hash === undefined ? [] : [[id, hash]];
    }),
  );
};

/** One ConfigMap per id, so that steps that run at once do not overwrite each other. */
export const writeApplied = async (
  client: KubeClient,
  id: string,
  hash: string,
  signal: AbortSignal,
): Promise<void> => {
  const name = `choreo-dev-applied-${createHash("sha256").update(id).digest("hex").slice(0, 12)}`;
  const record: AnyObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: SYSTEM_NAMESPACE, labels: { [LABEL]: "true" } },
    data: { id, hash },
  };
  try {
    await client.apply(record, { signal });
  } catch (error) {
    if (!isKubeError(error, 404)) throw error;
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } }, { signal });
    await client.apply(record, { signal });
  }
};

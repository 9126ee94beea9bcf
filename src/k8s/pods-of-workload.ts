import type { KubeClient } from "./client.ts";
import type { AnyObject } from "./types.ts";

/** The pods that a Deployment, DaemonSet or the like selects by labels; none for an object that selects none. */
export const podsOfWorkload = async (
  client: KubeClient,
  workload: AnyObject,
  signal: AbortSignal | undefined,
): Promise<readonly AnyObject[]> => {
  const { selector } = (workload["spec"] ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  const { namespace } = workload.metadata;
  const labels = Object.entries(selector?.matchLabels ?? {});
  if (labels.length === 0 || namespace === undefined) return [];
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
  return (await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector, signal })).items;
};

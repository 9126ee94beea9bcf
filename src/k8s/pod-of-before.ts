import type { KubeClient } from "./client.ts";
import { podsOfWorkload } from "./pods-of-workload.ts";
import { readiness } from "./readiness.ts";
import type { AnyObject } from "./types.ts";

/** After that long every kubelet has looked at its pods. */
const SETTLED_MS = 10 * 60_000;

/**
 * A pod of a workload that does not run again since its node was started: what the API tells of it, and of its workload, is
 * what they were when the node ended, until kubelet and controllers have looked. Undefined when all of them run.
 */
export const podOfBefore = async (
  client: KubeClient,
  workload: AnyObject,
  { nodeStart, signal }: { readonly nodeStart: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<string | undefined> => {
  if (nodeStart === undefined || Date.now() - nodeStart > SETTLED_MS) return undefined;
  const pods = await podsOfWorkload(client, workload, signal);
  return pods.find((pod) => isWanted(pod) && !(readiness(pod).ready && isSince(pod, nodeStart)))?.metadata.name;
};

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt: string } } }[];
}

const isWanted = ({ metadata, status }: AnyObject & { status?: PodStatus }): boolean =>
  metadata.deletionTimestamp === undefined && status?.phase !== "Failed" && status?.phase !== "Succeeded";

/** Kubernetes tells full seconds. */
const isSince = ({ status }: AnyObject & { status?: PodStatus }, nodeStart: number): boolean =>
  (status?.containerStatuses ?? []).every(
    ({ state }) => Date.parse(state?.running?.startedAt ?? "") >= Math.floor(nodeStart / 1000) * 1000,
  );

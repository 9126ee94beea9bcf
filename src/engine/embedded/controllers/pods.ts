import type { KubeClient } from "../../../k8s/client.ts";
import type { KubeObject, OwnerReference } from "../../../k8s/types.ts";
import { isKubeError } from "../../../k8s/errors.ts";
import { POD, type Pod, type PodTemplate } from "./kinds.ts";
import { isDeleting, uidOf } from "./owners.ts";
import type { Expectations } from "./expectations.ts";
import { conditionOf, isTrue } from "./status.ts";

export const isFinished = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Runs or will run, and nobody wants it gone. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isDeleting(pod);

export const isReady = (pod: Pod): boolean => isTrue(pod.status?.conditions, "Ready");

/** How long, ms, a pod has yet to stay ready until it counts as available; undefined while it is not ready. */
export const untilAvailableMs = (pod: Pod, minReadySeconds: number, nowMs: number): number | undefined => {
  if (!isReady(pod)) return undefined;
  return minReadySeconds === 0 ? 0 : Math.max(0, readySinceMs(pod) + minReadySeconds * 1000 - nowMs);
};

const readySinceMs = (pod: Pod): number =>
  Date.parse(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime ?? "") || 0;

/** The least missed pods first: what does not run, then what is not ready, then what is young. */
export const inDeletionOrder = (pods: readonly Pod[]): Pod[] =>
  pods.toSorted((a, b) => {
    for (const rank of RANKS) {
      const difference = rank(a) - rank(b);
      if (difference !== 0) return difference;
    }
    return 0;
  });

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

const RANKS: readonly ((pod: Pod) => number)[] = [
  (pod) => ((pod.spec.nodeName ?? "") === "" ? 0 : 1),
  (pod) => PHASES[pod.status?.phase ?? "Pending"] ?? 0,
  (pod) => (isReady(pod) ? 1 : 0),
  (pod) => deletionCost(pod),
  (pod) => (isReady(pod) ? -readySinceMs(pod) : 0),
  (pod) => -Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount)),
  (pod) => -(Date.parse(pod.metadata.creationTimestamp ?? "") || 0),
];

const deletionCost = ({ metadata }: Pod): number =>
  Number.parseInt(metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? "0", 10) || 0;

/** A pod that a controller makes from a template; the server chooses the end of its name. */
export const podFromTemplate = (template: PodTemplate, owner: KubeObject, reference: OwnerReference): Pod => {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const metadata = {
    generateName: `${owner.metadata.name}-`,
    namespace: owner.metadata.namespace ?? "",
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(finalizers === undefined ? {} : { finalizers }),
    ownerReferences: [reference],
  };
  // The type wants a name, which is the one thing this one cannot have yet.
  return { ...POD, metadata: metadata as unknown as Pod["metadata"], spec: template.spec };
};

/** Runs `create` for 0 to `count` - 1 in growing groups, so that what always fails fails once and not a hundred times. */
export const inGrowingGroups = async (count: number, create: (index: number) => Promise<void>): Promise<void> => {
  for (let begun = 0, size = 1; begun < count; size *= 2) {
    const group = Array.from({ length: Math.min(size, count - begun) }, (_, at) => create(begun + at));
    const failed = (await Promise.allSettled(group)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    begun += group.length;
  }
};

/** Deletes a pod, expecting its end to be seen. True when there was something to delete. */
export const deletePod = async (
  client: KubeClient,
  expectations: Expectations,
  key: string,
  pod: Pod,
): Promise<boolean> => {
  const uid = uidOf(pod);
  expectations.deleting(key, uid);
  try {
    const found = await client.delete(
      { ...POD, name: pod.metadata.name, namespace: pod.metadata.namespace },
      { uid, propagation: "Background" },
    );
    if (!found) expectations.forgetDeletion(uid);
    return found;
  } catch (error) {
    expectations.forgetDeletion(uid);
    throw error;
  }
};

/** The server takes nothing new into a namespace that is going. */
export const isNamespaceGoing = (error: unknown): boolean =>
  isKubeError(error, 403) && /because it is being terminated/.test(error.message);

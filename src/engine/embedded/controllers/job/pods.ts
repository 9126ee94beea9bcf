import type { KubeClient } from "../../../../k8s/client.ts";
import { isConflict } from "../../../../k8s/errors.ts";
import { messageOf } from "../../../../lib/errors.ts";
import type { Pod } from "../kinds.ts";
import { controllerReference, refOf, uidOf } from "../owners.ts";
import { deletePod, inDeletionOrder, inGrowingGroups, isFinished, isNamespaceGoing, podFromTemplate } from "../pods.ts";
import { type FailureRow, untilRetryMs } from "./backoff.ts";
import type { Jobs } from "./controller.ts";
import type { Count } from "./count.ts";
import { freeIndexes, parseIndexes } from "./indexes.ts";
import { COMPLETION_INDEX, type Job, TRACKING, indexOf, isTracked } from "./types.ts";

/** So many at once at most, so that one job does not hold up the others. */
const BURST = 500;

export interface Staffing {
  readonly job: Job;
  readonly count: Count;
  readonly active: readonly Pod[];
  readonly pods: readonly Pod[];
  readonly row: FailureRow;
}

/** Makes the pods that are missing, or deletes those that are too many; returns when more may be made, ms. */
export const createMissing = async (world: Jobs, key: string, staffing: Staffing): Promise<number | undefined> => {
  const { job, active, pods, row } = staffing;
  if (job.spec.suspend === true) return undefined;
  const wanted = wantedActive(staffing);
  if (active.length > wanted) {
    await deletePods(world, key, job, inDeletionOrder(active).slice(0, active.length - wanted));
    return undefined;
  }
  const waits = job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;
  const present = waits ? pods.filter((pod) => !isFinished(pod)).length : active.length;
  const missing = Math.min(BURST, wanted - present);
  if (missing <= 0) return undefined;
  const waitMs = untilRetryMs(row, world.context.clock.now());
  if (waitMs > 0) return waitMs;
  const indexes = indexesFor(staffing, missing);
  await inGrowingGroups(indexes?.length ?? missing, (at) => createPod(world, key, job, indexes?.[at]));
  return undefined;
};

const wantedActive = ({ job, count, active }: Staffing): number => {
  const { parallelism = 1, completions } = job.spec;
  if (completions !== undefined) return Math.max(0, Math.min(parallelism, completions - count.succeeded));
  // One of them has finished the work: the others may end, but no more begin.
  return count.succeeded > 0 ? Math.min(parallelism, active.length) : parallelism;
};

const indexesFor = ({ job, count, active }: Staffing, missing: number): number[] | undefined => {
  if (job.spec.completionMode !== "Indexed") return undefined;
  const taken = new Set(active.map(indexOf).filter((index) => index !== undefined));
  return freeIndexes(missing, job.spec.completions ?? 0, taken, parseIndexes(count.completedIndexes));
};

const createPod = async (world: Jobs, key: string, job: Job, index: number | undefined): Promise<void> => {
  const { context, expectations, record, pods } = world;
  try {
    const pod = await context.client.create(podOf(job, index));
    const { name, namespace } = pod.metadata;
    expectations.created(key, uidOf(pod), pods.get(namespace, name)?.metadata.uid === pod.metadata.uid);
    record(job, "Normal", "SuccessfulCreate", `Created pod: ${name}`);
  } catch (error) {
    if (isNamespaceGoing(error)) return;
    record(job, "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    throw error;
  }
};

const podOf = (job: Job, index: number | undefined): Pod => {
  const pod = podFromTemplate(job.spec.template, job, controllerReference(job));
  const metadata = { ...pod.metadata, finalizers: [...(pod.metadata.finalizers ?? []), TRACKING] };
  if (index === undefined) return { ...pod, metadata };
  const mark = { [COMPLETION_INDEX]: String(index) };
  const fieldPath = `metadata.labels['${COMPLETION_INDEX}']`;
  const env = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { fieldPath } } };
  const withEnv = <T extends Pod["spec"]["containers"]>(containers: T): T =>
    containers.map((container) => ({ ...container, env: [...(container.env ?? []), env] })) as unknown as T;
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...metadata.labels, ...mark },
      annotations: { ...metadata.annotations, ...mark },
    },
    spec: {
      ...pod.spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: withEnv(containers),
      ...(initContainers === undefined ? {} : { initContainers: withEnv(initContainers) }),
    },
  };
};

/** Deletes pods and returns how many there were to delete. */
export const deletePods = async (world: Jobs, key: string, job: Job, pods: readonly Pod[]): Promise<number> => {
  const { context, expectations, record } = world;
  const deleted = await Promise.all(
    pods.map(async (pod) => {
      const found = await deletePod(context.client, expectations, key, pod);
      if (found) record(job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
      return found;
    }),
  );
  return deleted.filter(Boolean).length;
};

/** Takes the finalizer off pods whose end is noted, or need not be. */
export const releasePods = async (client: KubeClient, pods: readonly Pod[]): Promise<void> => {
  await Promise.all(
    pods.filter(isTracked).map(async (pod) => {
      const { uid, resourceVersion, finalizers = [] } = pod.metadata;
      const metadata = { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== TRACKING) };
      try {
        await client.mergePatch(refOf(pod), { metadata });
      } catch (error) {
        const live = isConflict(error) ? undefined : await client.get(refOf(pod));
        // Gone already, or another one of the same name.
        if (isConflict(error) || live?.metadata.uid === uid) throw error;
      }
    }),
  );
};

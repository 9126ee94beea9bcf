import { isDeleting, uidOf } from "../owners.ts";
import type { Pod } from "../kinds.ts";
import { judgeFailure } from "./failure-policy.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { type Job, type UncountedPods, indexOf, isTracked } from "./types.ts";

/** How many pods of a job ended how, with those that are only noted by uid so far. */
export interface Count {
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes: string | undefined;
  /** Ended, noted, and still held by the finalizer. */
  readonly uncounted: Required<UncountedPods>;
  /** What the status says without the noted ones. */
  readonly settled: { readonly succeeded: number; readonly failed: number };
  /** Pods whose end was not noted before. */
  readonly newlyFailed: readonly Pod[];
  readonly newlySucceeded: readonly Pod[];
  /** Why a failed pod ends the whole job. */
  readonly failsJob: string | undefined;
  /** Ended pods that count for nothing. */
  readonly ignored: readonly Pod[];
}

/**
 * Counts each end of a pod once, whatever is lost or repeated: it is noted in the status first, then the pod is released, and
 * only when that was seen does the note become part of the number.
 */
export const countPods = (job: Job, pods: readonly Pod[]): Count => {
  const { status } = job;
  const tracked = new Map(pods.filter(isTracked).map((pod) => [uidOf(pod), pod]));
  const noted = status?.uncountedTerminatedPods ?? {};
  const isIndexed = job.spec.completionMode === "Indexed";
  const indexes = parseIndexes(status?.completedIndexes);
  const kept = (uids: readonly string[] | undefined): string[] => (uids ?? []).filter((uid) => tracked.has(uid));
  const uncounted = { succeeded: kept(noted.succeeded), failed: kept(noted.failed) };
  const settledFailed = (status?.failed ?? 0) + gone(noted.failed, uncounted.failed);
  let settledSucceeded = (status?.succeeded ?? 0) + gone(noted.succeeded, uncounted.succeeded);
  const known = new Set([...(noted.succeeded ?? []), ...(noted.failed ?? [])]);
  const newlySucceeded: Pod[] = [];
  const newlyFailed: Pod[] = [];
  const ignored: Pod[] = [];
  let failsJob: string | undefined;
  for (const pod of tracked.values()) {
    if (known.has(uidOf(pod))) continue;
    const end = endOf(job, pod);
    if (end === undefined) continue;
    const index = indexOf(pod);
    if (end === "Succeeded" && isIndexed && (index === undefined || indexes.has(index))) ignored.push(pod);
    else if (end === "Succeeded") {
      if (isIndexed && index !== undefined) indexes.add(index);
      else uncounted.succeeded.push(uidOf(pod));
      newlySucceeded.push(pod);
    } else {
      const verdict = judgeFailure(job, pod);
      failsJob ??= verdict.failsJob;
      if (verdict.counts) {
        uncounted.failed.push(uidOf(pod));
        newlyFailed.push(pod);
      } else ignored.push(pod);
    }
  }
  if (isIndexed) settledSucceeded = indexes.size;
  return {
    succeeded: settledSucceeded + uncounted.succeeded.length,
    failed: settledFailed + uncounted.failed.length,
    completedIndexes: isIndexed ? formatIndexes(indexes) : undefined,
    uncounted,
    settled: { succeeded: settledSucceeded, failed: settledFailed },
    newlyFailed,
    newlySucceeded,
    failsJob,
    ignored,
  };
};

const gone = (before: readonly string[] | undefined, left: readonly string[]): number =>
  (before?.length ?? 0) - left.length;

/** A pod that somebody deletes may never tell how it ended: that is a failure, unless the job waits to know. */
const endOf = (job: Job, pod: Pod): "Succeeded" | "Failed" | undefined => {
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return phase;
  const waits = job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;
  return isDeleting(pod) && !waits ? "Failed" : undefined;
};

import type { Controller, ControllerContext } from "../context.ts";
import type { RecordEvent } from "../events.ts";
import { type Expectations, createExpectations } from "../expectations.ts";
import type { SharedInformer } from "../informers.ts";
import { JOB, POD, type Pod } from "../kinds.ts";
import { type Loop, createLoop } from "../loop.ts";
import { claim, controllerOf, isDeleting, keyOf, refOf, splitKey, uidOf } from "../owners.ts";
import { isActive, isReady } from "../pods.ts";
import { matchesSelector } from "../selector.ts";
import { isTrue, timestamp, writeStatus } from "../status.ts";
import { type FailureRow, NO_FAILURES, withEnds } from "./backoff.ts";
import { type Count, countPods } from "./count.ts";
import { createMissing, deletePods, releasePods } from "./pods.ts";
import { type Job, type JobStatus, isTracked } from "./types.ts";
import {
  type Verdict,
  endConditions,
  isFinishedJob,
  suspendConditions,
  untilDeadlineMs,
  verdictOf,
} from "./verdict.ts";

export interface Jobs {
  readonly context: ControllerContext;
  readonly jobs: SharedInformer<Job>;
  readonly pods: SharedInformer<Pod>;
  readonly expectations: Expectations;
  readonly record: RecordEvent;
  /** By the uid of the job. */
  readonly failures: Map<string, FailureRow>;
}

/** Jobs that name another controller are that one's. */
const OUR_NAME = "kubernetes.io/job-controller";

/** Runs the pods of each Job until enough of them succeeded or too many failed. */
export const createJobController = (context: ControllerContext): Controller => {
  const name = "job-controller";
  const world: Jobs = {
    context,
    jobs: context.informers.of<Job>(JOB),
    pods: context.informers.of<Pod>(POD),
    expectations: createExpectations(),
    record: context.events.from(name),
    failures: new Map(),
  };
  const loop = createLoop({ ...context, name, reconcile: (key) => reconcile(world, key) });
  world.jobs.subscribe((before, after) => {
    const job = after ?? before;
    if (job !== undefined) loop.add(keyOf(job));
    if (before !== undefined && after === undefined) world.failures.delete(uidOf(before));
  });
  world.pods.subscribe((before, after) => onPod(world, loop, before, after));
  return { name, run: () => loop.run() };
};

const onPod = ({ jobs, expectations }: Jobs, loop: Loop, before: Pod | undefined, after: Pod | undefined): void => {
  const pod = after ?? before;
  if (pod === undefined) return;
  expectations.seen(uidOf(pod), after === undefined || isDeleting(after));
  for (const key of new Set([jobKeyOf(before), jobKeyOf(after)])) if (key !== undefined) loop.add(key);
  if (after === undefined || controllerOf(after) !== undefined) return;
  for (const job of jobs.inNamespace(after.metadata.namespace ?? "")) {
    if (matchesSelector(job.spec.selector, after.metadata.labels)) loop.add(keyOf(job));
  }
};

const jobKeyOf = (pod: Pod | undefined): string | undefined => {
  const owner = pod === undefined ? undefined : controllerOf(pod);
  return owner?.kind === "Job" ? `${pod?.metadata.namespace ?? ""}/${owner.name}` : undefined;
};

const reconcile = async (world: Jobs, key: string): Promise<number | undefined> => {
  const { context, jobs, pods, expectations } = world;
  const { namespace, name } = splitKey(key);
  const job = jobs.get(namespace, name);
  if (job === undefined) {
    expectations.forget(key);
    await releasePods(context.client, orphansOfGoneJobs(world, namespace, name));
    return undefined;
  }
  if ((job.spec.managedBy ?? OUR_NAME) !== OUR_NAME) return undefined;
  const claimed = await claim<Pod>({
    client: context.client,
    owner: job,
    selector: job.spec.selector,
    owned: pods.controlledBy(uidOf(job)),
    orphans: pods.orphansIn(namespace),
  });
  if (isFinishedJob(job)) return afterEnd(world, job, claimed);
  return work(world, key, job, claimed);
};

/** Pods whose job is gone have nobody else who lets them go. */
const orphansOfGoneJobs = ({ pods }: Jobs, namespace: string, name: string): Pod[] =>
  pods.inNamespace(namespace).filter((pod) => {
    const owner = controllerOf(pod);
    return owner?.kind === "Job" && owner.name === name && isTracked(pod);
  });

const afterEnd = async ({ context }: Jobs, job: Job, pods: readonly Pod[]): Promise<number | undefined> => {
  const { client, clock } = context;
  await releasePods(client, pods);
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined || isDeleting(job)) return undefined;
  const end = job.status?.conditions?.find(({ type, status }) => status === "True" && /^(Complete|Failed)$/.test(type));
  const leftMs = (Date.parse(end?.lastTransitionTime ?? "") || 0) + ttl * 1000 - clock.now();
  if (leftMs > 0) return leftMs;
  await client.delete(refOf(job), { propagation: "Foreground", uid: uidOf(job) });
  return undefined;
};

const work = async (world: Jobs, key: string, seen: Job, pods: readonly Pod[]): Promise<number | undefined> => {
  const { context, expectations, failures } = world;
  const { client, clock } = context;
  const nowMs = clock.now();
  const isSuspended = seen.spec.suspend === true;
  // A job that goes on after a pause has its whole time again.
  const status = { ...seen.status, ...startOf(seen, isSuspended, nowMs) };
  const job = { ...seen, status };
  const count = countPods(job, pods);
  const row = withEnds(
    failures.get(uidOf(job)) ?? rowFrom(pods, nowMs),
    count.newlySucceeded,
    count.newlyFailed,
    nowMs,
  );
  failures.set(uidOf(job), row);
  const active = pods.filter(isActive);
  const verdict = verdictOf(job, count, active, nowMs);
  const isSettled = expectations.satisfied(key);
  const stops = isSettled && (verdict !== undefined || isSuspended) && !isDeleting(job);
  const deleted = stops ? await deletePods(world, key, job, active) : 0;
  const written = await report(world, job, { count, pods, verdict, isSuspended, deleted, isSettled }, seen);
  const released = new Set([...count.uncounted.succeeded, ...count.uncounted.failed]);
  const ends = [...count.newlySucceeded, ...count.ignored];
  await releasePods(
    client,
    pods.filter((pod) => released.has(uidOf(pod)) || ends.includes(pod)),
  );
  if (!isSettled || stops || verdict !== undefined || isDeleting(job)) return undefined;
  const retryMs = await createMissing(world, key, { job, count, active, pods, row });
  const waits = [retryMs, untilDeadlineMs(written, nowMs)].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.min(...waits);
};

/** After a restart: from the pods that are still there. */
const rowFrom = (pods: readonly Pod[], nowMs: number): FailureRow => {
  const ended = (phase: string): Pod[] => pods.filter(({ status }) => status?.phase === phase);
  return withEnds(NO_FAILURES, ended("Succeeded"), ended("Failed"), nowMs);
};

const startOf = ({ status }: Job, isSuspended: boolean, nowMs: number): { readonly startTime?: string } | undefined => {
  const wasSuspended = isTrue(status?.conditions, "Suspended");
  const needsStart = !isSuspended && (status?.startTime === undefined || wasSuspended);
  return needsStart ? { startTime: timestamp(nowMs) } : undefined;
};

interface Findings {
  readonly count: Count;
  readonly pods: readonly Pod[];
  readonly verdict: Verdict | undefined;
  readonly isSuspended: boolean;
  /** Active pods that were just deleted. */
  readonly deleted: number;
  readonly isSettled: boolean;
}

const report = async ({ context, record }: Jobs, job: Job, found: Findings, seen: Job): Promise<Job> => {
  const { client, clock } = context;
  const { count, verdict, pods, deleted } = found;
  const nowMs = clock.now();
  const unfinished = pods.filter(({ status }) => !/^(Succeeded|Failed)$/.test(status?.phase ?? ""));
  const active = unfinished.filter((pod) => !isDeleting(pod)).length - deleted;
  const terminating = unfinished.filter(isDeleting).length + deleted;
  const isNoted = count.uncounted.succeeded.length + count.uncounted.failed.length > 0;
  const isOver = verdict !== undefined && found.isSettled && active + terminating === 0 && !isNoted;
  const before = job.status?.conditions ?? [];
  const conditions =
    verdict === undefined
      ? suspendConditions(before, found.isSuspended, nowMs)
      : endConditions(before, verdict, isOver, nowMs);
  const status: JobStatus = {
    ...job.status,
    ...counts(count),
    active: active || undefined,
    ready: pods.filter((pod) => isActive(pod) && isReady(pod)).length,
    terminating,
    uncountedTerminatedPods: notes(count),
    ...(isOver && verdict.isSuccess ? { completionTime: timestamp(nowMs) } : {}),
    conditions: conditions.length === 0 ? undefined : conditions,
  } as JobStatus;
  if (found.isSuspended) delete (status as { startTime?: string }).startTime;
  const written = (await writeStatus(client, seen, status)) ?? seen;
  announce(record, job, { before, after: conditions });
  return written;
};

const counts = (count: Count): object => ({
  succeeded: count.settled.succeeded || undefined,
  failed: count.settled.failed || undefined,
  completedIndexes: count.completedIndexes === "" ? undefined : count.completedIndexes,
});

const notes = ({ uncounted }: Count): object => ({
  succeeded: uncounted.succeeded.length === 0 ? undefined : uncounted.succeeded,
  failed: uncounted.failed.length === 0 ? undefined : uncounted.failed,
});

type Conditions = NonNullable<JobStatus["conditions"]>;

const announce = (
  record: RecordEvent,
  job: Job,
  { before, after }: { readonly before: Conditions; readonly after: Conditions },
): void => {
  for (const { type, status, reason = "", message = "" } of after) {
    if (before.some((old) => old.type === type && old.status === status)) continue;
    if (type === "Complete") record(job, "Normal", "Completed", "Job completed");
    if (type === "Failed") record(job, "Warning", reason, message);
    if (type === "Suspended") record(job, "Normal", status === "True" ? "Suspended" : "Resumed", message);
  }
};

import type { KubeObject } from "../../../../k8s/types.ts";
import { isConflict } from "../../../../k8s/errors.ts";
import { messageOf } from "../../../../lib/errors.ts";
import type { Controller, ControllerContext } from "../context.ts";
import type { RecordEvent } from "../events.ts";
import type { SharedInformer } from "../informers.ts";
import type { Job } from "../job/types.ts";
import { isFinishedJob } from "../job/verdict.ts";
import { CRON_JOB, JOB } from "../kinds.ts";
import { createLoop } from "../loop.ts";
import { controllerOf, controllerReference, isDeleting, keyOf, refOf, splitKey, uidOf } from "../owners.ts";
import { isNamespaceGoing } from "../pods.ts";
import { isTrue, timestamp, writeStatus } from "../status.ts";
import { lastDue } from "./due.ts";
import { type Schedule, parseSchedule } from "../../cron/schedule.ts";

export interface CronJob extends KubeObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
    readonly startingDeadlineSeconds?: number;
    readonly suspend?: boolean;
    readonly successfulJobsHistoryLimit?: number;
    readonly failedJobsHistoryLimit?: number;
    readonly jobTemplate: { readonly metadata?: Partial<KubeObject["metadata"]>; readonly spec: Job["spec"] };
  };
  readonly status?: CronJobStatus;
}

interface CronJobStatus {
  readonly active?: readonly { readonly uid?: string; readonly name?: string }[];
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
}

interface CronJobs {
  readonly context: ControllerContext;
  readonly cronJobs: SharedInformer<CronJob>;
  readonly jobs: SharedInformer<Job>;
  readonly record: RecordEvent;
}

/** Makes a Job of each CronJob when its time has come. */
export const createCronJobController = (context: ControllerContext): Controller => {
  const name = "cronjob-controller";
  const { informers, events } = context;
  const world: CronJobs = {
    context,
    cronJobs: informers.of<CronJob>(CRON_JOB),
    jobs: informers.of<Job>(JOB),
    record: events.from(name),
  };
  const loop = createLoop({ ...context, name, workers: 2, reconcile: (key) => reconcile(world, key) });
  world.cronJobs.subscribe((before, after) => {
    const cronJob = after ?? before;
    if (cronJob !== undefined) loop.add(keyOf(cronJob));
  });
  world.jobs.subscribe((before, after) => {
    const job = after ?? before;
    const owner = job === undefined ? undefined : controllerOf(job);
    if (owner?.kind === "CronJob") loop.add(`${job?.metadata.namespace ?? ""}/${owner.name}`);
  });
  return { name, run: () => loop.run() };
};

const reconcile = async (world: CronJobs, key: string): Promise<number | undefined> => {
  const { context, cronJobs, jobs } = world;
  const { namespace, name } = splitKey(key);
  const cronJob = cronJobs.get(namespace, name);
  if (cronJob === undefined || isDeleting(cronJob)) return undefined;
  const owned = jobs.controlledBy(uidOf(cronJob));
  const nowMs = context.clock.now();
  const running = owned.filter((job) => !isFinishedJob(job));
  noteEnds(world, cronJob, owned);
  await forgetOldJobs(world, cronJob, owned);
  const schedule = scheduleOf(world, cronJob);
  const started =
    schedule === undefined || cronJob.spec.suspend === true
      ? undefined
      : await startDue(world, { cronJob, schedule, running, nowMs });
  await report(world, cronJob, { owned, started });
  if (schedule === undefined || cronJob.spec.suspend === true) return undefined;
  const next = schedule.next(nowMs);
  return next === undefined ? undefined : next - nowMs;
};

const scheduleOf = ({ record }: CronJobs, cronJob: CronJob): Schedule | undefined => {
  const { schedule, timeZone = "UTC" } = cronJob.spec;
  try {
    return parseSchedule(schedule, timeZone);
  } catch (error) {
    record(cronJob, "Warning", "UnparseableSchedule", `unparseable schedule: "${schedule}": ${messageOf(error)}`);
    return undefined;
  }
};

interface Start {
  readonly cronJob: CronJob;
  readonly schedule: Schedule;
  readonly running: readonly Job[];
  readonly nowMs: number;
}

interface Started {
  readonly dueMs: number;
  readonly job: Job;
  readonly replaced: readonly Job[];
}

const startDue = async (
  world: CronJobs,
  { cronJob, schedule, running, nowMs }: Start,
): Promise<Started | undefined> => {
  const { context, record } = world;
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  const { lastScheduleTime } = cronJob.status ?? {};
  const sinceMs = Date.parse(lastScheduleTime ?? cronJob.metadata.creationTimestamp ?? "") || nowMs;
  const earliestMs =
    startingDeadlineSeconds === undefined ? sinceMs : Math.max(sinceMs, nowMs - startingDeadlineSeconds * 1000 - 1);
  const due = lastDue(schedule, earliestMs, nowMs);
  if (due === undefined) return undefined;
  if (due.isMany) {
    const text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    record(cronJob, "Warning", "TooManyMissedTimes", text);
  }
  const job = jobOf(cronJob, due.lastMs);
  const known = world.jobs.get(job.metadata.namespace, job.metadata.name);
  if (known !== undefined && controllerOf(known)?.uid === uidOf(cronJob)) {
    return { dueMs: due.lastMs, job: known, replaced: [] };
  }
  if (running.length > 0 && concurrencyPolicy === "Forbid") {
    const text = "Not starting job because prior execution is running and concurrency policy is Forbid";
    record(cronJob, "Normal", "JobAlreadyActive", text);
    return undefined;
  }
  const replaced = concurrencyPolicy === "Replace" ? running : [];
  for (const old of replaced) await deleteJob(world, cronJob, old);
  const made = await createJob(context, record, cronJob, job);
  return made === undefined ? undefined : { dueMs: due.lastMs, job: made, replaced };
};

/** The name follows from the time, so that no time has two jobs. */
const jobOf = (cronJob: CronJob, dueMs: number): Job => {
  const { jobTemplate, timeZone = "UTC" } = cronJob.spec;
  const { labels, annotations } = jobTemplate.metadata ?? {};
  return {
    ...JOB,
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(dueMs / 60_000)}`,
      namespace: cronJob.metadata.namespace ?? "",
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": inZone(dueMs, timeZone) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: jobTemplate.spec,
  };
};

/** RFC 3339 with the offset of the zone. */
const inZone = (ms: number, timeZone: string): string => {
  const shown = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(ms);
  const offset = (shown.find(({ type }) => type === "timeZoneName")?.value ?? "").replace("GMT", "");
  if (offset === "" || offset === "+00:00") return timestamp(ms);
  const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d+):(\d+)/.exec(offset) ?? [];
  const shift = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return `${new Date(ms + shift).toISOString().slice(0, 19)}${offset}`;
};

const createJob = async (
  { client }: ControllerContext,
  record: RecordEvent,
  cronJob: CronJob,
  job: Job,
): Promise<Job | undefined> => {
  try {
    const made = await client.create(job);
    record(cronJob, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    return made;
  } catch (error) {
    if (isNamespaceGoing(error)) return undefined;
    const found = isConflict(error) ? await client.get<Job>(refOf(job)) : undefined;
    if (found !== undefined && controllerOf(found)?.uid === uidOf(cronJob)) return found;
    record(cronJob, "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
    throw error;
  }
};

const deleteJob = async ({ context, record }: CronJobs, cronJob: CronJob, job: Job): Promise<void> => {
  await context.client.delete(refOf(job), { uid: uidOf(job) });
  record(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
};

/** Says once of each job that was active that it no longer is. */
const noteEnds = ({ record }: CronJobs, cronJob: CronJob, owned: readonly Job[]): void => {
  for (const { uid } of cronJob.status?.active ?? []) {
    const job = owned.find(({ metadata }) => metadata.uid === uid);
    if (job === undefined || !isFinishedJob(job)) continue;
    const condition = isTrue(job.status?.conditions, "Complete") ? "Complete" : "Failed";
    record(cronJob, "Normal", "SawCompletedJob", `Saw completed job: ${job.metadata.name}, condition: ${condition}`);
  }
};

const forgetOldJobs = async (world: CronJobs, cronJob: CronJob, owned: readonly Job[]): Promise<void> => {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  for (const [type, limit] of [
    ["Complete", successfulJobsHistoryLimit],
    ["Failed", failedJobsHistoryLimit],
  ] as const) {
    const ended = owned.filter((job) => isTrue(job.status?.conditions, type) && !isDeleting(job));
    const sorted = ended.toSorted((a, b) => startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
    for (const job of sorted.slice(0, Math.max(0, sorted.length - limit))) await deleteJob(world, cronJob, job);
  }
};

const startOf = ({ status }: Job): number => Date.parse(status?.startTime ?? "") || 0;

interface Findings {
  readonly owned: readonly Job[];
  readonly started: Started | undefined;
}

const report = async ({ context }: CronJobs, cronJob: CronJob, { owned, started }: Findings): Promise<void> => {
  const replaced = new Set(started?.replaced.map(uidOf));
  const fresh = started !== undefined && !owned.some((job) => uidOf(job) === uidOf(started.job)) ? [started.job] : [];
  const active = [...owned, ...fresh].filter((job) => !isFinishedJob(job) && !replaced.has(uidOf(job)));
  const known = new Map(cronJob.status?.active?.map((reference) => [reference.uid, reference]));
  const ends = owned.map(({ status }) => status?.completionTime).filter((time) => time !== undefined);
  const latest = [...ends, cronJob.status?.lastSuccessfulTime ?? ""].sort().at(-1);
  await writeStatus(context.client, cronJob, {
    ...cronJob.status,
    active: active.length === 0 ? undefined : active.map((job) => known.get(uidOf(job)) ?? referenceTo(job)),
    lastSuccessfulTime: latest === "" ? undefined : latest,
    ...(started === undefined ? {} : { lastScheduleTime: timestamp(started.dueMs) }),
  });
};

const referenceTo = ({ apiVersion, kind, metadata }: Job): object => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

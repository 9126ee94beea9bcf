import type { Pod, StatusCondition } from "../kinds.ts";
import { isTrue, timestamp, withoutCondition } from "../status.ts";
import type { Count } from "./count.ts";
import type { Job, JobStatus } from "./types.ts";

export interface Verdict {
  readonly isSuccess: boolean;
  readonly reason: string;
  readonly message: string;
}

const SUCCESS: Verdict = {
  isSuccess: true,
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

/** How a job ends, if it is over: what was said before stands. */
export const verdictOf = (job: Job, count: Count, active: readonly Pod[], nowMs: number): Verdict | undefined => {
  const said = job.status?.conditions?.find(
    ({ type, status }) => status === "True" && (type === "SuccessCriteriaMet" || type === "FailureTarget"),
  );
  if (said !== undefined) {
    const { type, reason = "", message = "" } = said;
    return { isSuccess: type === "SuccessCriteriaMet", reason, message };
  }
  if (count.failsJob !== undefined) return { isSuccess: false, reason: "PodFailurePolicy", message: count.failsJob };
  if (isPastLimit(job, count, active)) {
    const message = "Job has reached the specified backoff limit";
    return { isSuccess: false, reason: "BackoffLimitExceeded", message };
  }
  if (untilDeadlineMs(job, nowMs) === 0) {
    const message = "Job was active longer than specified deadline";
    return { isSuccess: false, reason: "DeadlineExceeded", message };
  }
  return isComplete(job, count, active) ? SUCCESS : undefined;
};

const isPastLimit = ({ spec }: Job, count: Count, active: readonly Pod[]): boolean => {
  const limit = spec.backoffLimit ?? 6;
  if (count.failed > limit) return true;
  if (spec.template.spec.restartPolicy !== "OnFailure") return false;
  // Containers that start again in their pod fail as well, but no pod does.
  const restarts = active
    .flatMap(({ status }) => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])])
    .reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
};

const isComplete = ({ spec }: Job, count: Count, active: readonly Pod[]): boolean => {
  if (spec.completions === undefined) return count.succeeded > 0 && active.length === 0;
  return count.succeeded >= spec.completions;
};

/** How long a job may yet be active, ms; undefined where there is no limit. */
export const untilDeadlineMs = ({ spec, status }: Job, nowMs: number): number | undefined => {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend === true) {
    return undefined;
  }
  return Math.max(0, Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - nowMs);
};

export const isFinishedJob = ({ status }: { readonly status?: JobStatus }): boolean =>
  isTrue(status?.conditions, "Complete") || isTrue(status?.conditions, "Failed");

/** Conditions of a job that is over: first what it will be, and when its last pod has ended, what it is. */
export const endConditions = (
  before: readonly StatusCondition[],
  verdict: Verdict,
  isOver: boolean,
  nowMs: number,
): readonly StatusCondition[] => {
  const target = verdict.isSuccess ? "SuccessCriteriaMet" : "FailureTarget";
  const announced = isTrue(before, target) ? before : [...before, jobCondition(target, "True", verdict, nowMs)];
  return isOver
    ? [...announced, jobCondition(verdict.isSuccess ? "Complete" : "Failed", "True", verdict, nowMs)]
    : announced;
};

/** Conditions of a job that may be suspended. */
export const suspendConditions = (
  before: readonly StatusCondition[],
  isSuspended: boolean,
  nowMs: number,
): readonly StatusCondition[] => {
  const known = before.some(({ type }) => type === "Suspended");
  if (isTrue(before, "Suspended") === isSuspended || (!isSuspended && !known)) return before;
  const text = isSuspended
    ? { reason: "JobSuspended", message: "Job suspended" }
    : { reason: "JobResumed", message: "Job resumed" };
  return [
    ...withoutCondition(before, "Suspended"),
    jobCondition("Suspended", isSuspended ? "True" : "False", text, nowMs),
  ];
};

const jobCondition = (
  type: string,
  status: "True" | "False",
  { reason, message }: { readonly reason: string; readonly message: string },
  nowMs: number,
): StatusCondition => {
  const now = timestamp(nowMs);
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
};

import { STEPS, stepName } from "../../controller/build/steps.ts";
import { findCondition } from "../../controller/conditions.ts";
import type { Build } from "../../crds/types.ts";
import { formatAge } from "../render/table.ts";

export interface BuildState {
  /** `succeeded`, `failed in test`, `runs build`, `queued`, or the reason why it cannot begin. */
  readonly text: string;
  /** From its making to its end, or until now; undefined when nobody knows when it ended. */
  readonly ms: number | undefined;
  /** `clone 2s · test 5s`; empty when no step has begun. */
  readonly steps: string;
}

/** How a build goes, in words for a person. */
export const buildState = (build: Build, now: number = Date.now()): BuildState => {
  const times = build.status?.steps ?? [];
  const steps = times
    .map(
      ({ name, startedAt, finishedAt }) =>
        `${name} ${formatAge(startedAt, finishedAt === undefined ? now : Date.parse(finishedAt))}`,
    )
    .join(" · ");
  return { text: textOf(build), ms: durationOf(build, now), steps };
};

/** Whether nothing of it changes any more. */
export const isOver = (build: Build): boolean =>
  ["BuildCompleted", "BuildFailed"].includes(findCondition(build, "Completed")?.reason ?? "");

const textOf = (build: Build): string => {
  const completed = findCondition(build, "Completed");
  const reasons = STEPS.map(({ condition }) => [stepName(condition), findCondition(build, condition)?.reason] as const);
  const at = (reason: string): string | undefined => reasons.find(([, one]) => one === reason)?.[0];
  switch (completed?.reason) {
    case undefined:
      return "queued";
    case "BuildCompleted":
      return "succeeded";
    case "BuildFailed":
      return at("Failed") === undefined ? "failed" : `failed in ${at("Failed")}`;
    case "BuildProgressing": {
      const running = at("Progressing");
      return running === undefined ? "queued" : `runs ${running}`;
    }
    default:
      return completed?.reason ?? "";
  }
};

const durationOf = (build: Build, now: number): number | undefined => {
  const began = Date.parse(build.metadata.creationTimestamp ?? "");
  if (!isOver(build)) return now - began;
  const completed = findCondition(build, "Completed");
  const end = completed?.status === "True" ? completed.lastTransitionTime : build.status?.steps?.at(-1)?.finishedAt;
  return end === undefined ? undefined : Math.max(0, Date.parse(end) - began);
};

import type { StepTime } from "./runner.ts";

export interface CriticalStep {
  readonly step: string;
  readonly label: string;
  readonly ms: number;
}

/**
 * The chain of steps that decided how long a run took: from the step that ended last, always to the need that ended
 * last before it. Time between two of them (waiting for a free place) counts to the later one.
 */
export const criticalPath = (times: readonly StepTime[]): CriticalStep[] => {
  const byId = new Map(times.map((time) => [time.step.id, time]));
  const path: CriticalStep[] = [];
  let at = latest(times);
  while (at !== undefined) {
    const needs = at.step.needs.flatMap((id) => byId.get(id) ?? []);
    const before = latest(needs);
    const { group, subject, id } = at.step;
    path.unshift({
      step: id,
      label: subject === "" ? group : `${group} ${subject}`,
      ms: at.endMs - (before?.endMs ?? 0),
    });
    at = before;
  }
  return path;
};

const latest = (times: readonly StepTime[]): StepTime | undefined =>
  times.reduce<StepTime | undefined>(
    (last, time) => (last === undefined || time.endMs > last.endMs ? time : last),
    undefined,
  );

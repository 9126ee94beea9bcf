import { ChoreoError } from "../lib/errors.ts";
import type { Step } from "./step.ts";

/** Groups steps into waves: each step is one wave after the last of its needs. Needs outside the plan count as done. */
export const orderInWaves = (steps: readonly Step[]): Step[][] => {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const waveOf = new Map<string, number>();
  const waves: Step[][] = [];
  for (const step of steps) (waves[place(step, byId, waveOf, [])] ??= []).push(step);
  return waves;
};

const place = (
  step: Step,
  byId: ReadonlyMap<string, Step>,
  waveOf: Map<string, number>,
  path: readonly string[],
): number => {
  const known = waveOf.get(step.id);
  if (known !== undefined) return known;
  if (path.includes(step.id)) {
    const circle = [...path.slice(path.indexOf(step.id)), step.id].join(" → ");
    throw new ChoreoError("E_INTERNAL", `The steps of the plan need each other in a circle: ${circle}`);
  }
  let wave = 0;
  for (const id of step.needs) {
    const need = byId.get(id);
    if (need !== undefined) wave = Math.max(wave, place(need, byId, waveOf, [...path, step.id]) + 1);
  }
  waveOf.set(step.id, wave);
  return wave;
};

import { isChoreoError, messageOf } from "../../lib/errors.ts";

/** What became of one change. */
export interface Outcome {
  /** What was done, in the words that the user reads. */
  readonly path: "sync" | "sync → restart" | "restart" | "rebuild" | "nothing";
  readonly state: "ready" | "failed";
  /** Milliseconds by phase, in their order. */
  readonly phases: readonly (readonly [phase: string, ms: number])[];
  /** Why it failed, or why nothing had to be done. */
  readonly message?: string | undefined;
  /** What cannot be told from the change itself. */
  readonly notes?: readonly string[] | undefined;
}

/** Measures phases that follow each other. */
export const stopwatch = (): { lap(phase: string): void; laps(): [string, number][] } => {
  const laps: [string, number][] = [];
  let since = performance.now();
  return {
    lap: (phase) => {
      const now = performance.now();
      laps.push([phase, now - since]);
      since = now;
    },
    laps: () => laps,
  };
};

/** What to say of a change that was not deployed for another reason than itself: what, why, and the next step. */
export const whyNot = (error: unknown): string => {
  if (!isChoreoError(error)) return messageOf(error);
  const { why, evidence, fix } = error;
  const next = fix === undefined ? undefined : `next: ${fix}`;
  return [messageOf(error), why, ...evidence, next].filter((line) => line !== undefined && line !== "").join("\n");
};

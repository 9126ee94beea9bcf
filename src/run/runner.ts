import { type Clock, systemClock } from "../lib/clock.ts";
import { ChoreoError, isChoreoError, messageOf } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import { orderInWaves } from "../plan/order.ts";
import type { Step, StepKind } from "../plan/step.ts";
import { type CriticalStep, criticalPath } from "./critical-path.ts";
import type { Emit } from "./events.ts";

export interface StepContext {
  readonly signal: AbortSignal;
  /** Says what the step does or waits for now. */
  readonly progress: (message: string) => void;
}

/** Makes one step true. Returns a detail worth showing: "14 of 14 images already there". */
export type ExecuteStep = (step: Step, context: StepContext) => Promise<string | undefined>;

export interface RunOptions {
  readonly execute: ExecuteStep;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** How many steps of a kind may run at once; kinds that are not named are not limited. */
  readonly limits?: Partial<Record<StepKind, number>>;
  readonly clock?: Clock;
}

export interface StepTime {
  readonly step: Step;
  /** Ms since the run began. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface RunReport {
  readonly ms: number;
  readonly times: readonly StepTime[];
  readonly criticalPath: readonly CriticalStep[];
}

/**
 * Runs the steps of a plan, each as soon as its needs are done. The first failure stops the start of new steps and
 * aborts the running ones; they are awaited before the failure is thrown, so nothing works on behind the caller.
 */
export const runPlan = async (steps: readonly Step[], options: RunOptions): Promise<RunReport> => {
  orderInWaves(steps);
  const clock = options.clock ?? systemClock;
  const began = clock.monotonic();
  const abort = new AbortController();
  const signal = manyListeners(AbortSignal.any([manyListeners(options.signal), abort.signal]));
  const run: RunState = {
    options,
    clock,
    began,
    signal,
    pending: new Set(steps),
    done: new Set(),
    running: new Map(),
    kinds: new Map(),
    times: [],
  };
  const ids = new Set(steps.map((step) => step.id));
  let failure: unknown;
  while (run.pending.size > 0 || run.running.size > 0) {
    if (failure === undefined && !signal.aborted) startReady(run, ids);
    if (run.running.size === 0) break;
    const ended = await Promise.race(run.running.values());
    run.running.delete(ended.step.id);
    if (ended.error === undefined) run.done.add(ended.step.id);
    else if (failure === undefined) {
      failure = ended.error;
      abort.abort(failure);
    }
  }
  for (const step of run.pending)
    options.emit({
      type: "step-skipped",
      step: step.id,
      reason: options.signal.aborted ? "interrupted" : "an earlier step failed",
    });
  if (options.signal.aborted) throw options.signal.reason;
  if (failure !== undefined) throw failure;
  return { ms: clock.monotonic() - began, times: run.times, criticalPath: criticalPath(run.times) };
};

interface RunState {
  readonly options: RunOptions;
  readonly clock: Clock;
  readonly began: number;
  readonly signal: AbortSignal;
  readonly pending: Set<Step>;
  readonly done: Set<string>;
  readonly running: Map<string, Promise<{ step: Step; error?: unknown }>>;
  readonly kinds: Map<string, StepKind>;
  readonly times: StepTime[];
}

const startReady = (run: RunState, ids: ReadonlySet<string>): void => {
  const { limits = {} } = run.options;
  for (const step of run.pending) {
    if (!step.needs.every((id) => run.done.has(id) || !ids.has(id))) continue;
    const limit = limits[step.kind];
    if (limit !== undefined && runningOf(run, step.kind) >= limit) continue;
    run.pending.delete(step);
    run.running.set(step.id, runStep(run, step));
    run.kinds.set(step.id, step.kind);
  }
};

const runningOf = (run: RunState, kind: StepKind): number =>
  Array.from(run.running.keys()).filter((id) => run.kinds.get(id) === kind).length;

const runStep = async (run: RunState, step: Step): Promise<{ step: Step; error?: unknown }> => {
  const { emit, execute } = run.options;
  const startMs = run.clock.monotonic() - run.began;
  emit({ type: "step-start", step: step.id });
  try {
    const progress = (message: string): void => emit({ type: "step-progress", step: step.id, message });
    const detail = await execute(step, { signal: run.signal, progress });
    const endMs = run.clock.monotonic() - run.began;
    run.times.push({ step, startMs, endMs });
    emit({ type: "step-done", step: step.id, ms: endMs - startMs, ...(detail === undefined ? {} : { detail }) });
    return { step };
  } catch (error) {
    const ms = run.clock.monotonic() - run.began - startMs;
    const code = isChoreoError(error) ? error.code : "E_INTERNAL";
    emit({ type: "step-failed", step: step.id, ms, error: { code, message: messageOf(error) } });
    return { step, error: isChoreoError(error) ? error : wrap(step, error) };
  }
};

const wrap = (step: Step, error: unknown): unknown =>
  error instanceof Error && error.name === "AbortError"
    ? error
    : new ChoreoError("E_INTERNAL", `${step.id} failed: ${messageOf(error)}`, { cause: error });

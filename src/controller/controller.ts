import type { Clock } from "../lib/clock.ts";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { isConflict } from "../k8s/errors.ts";
import { type Backoff, WorkQueue } from "../lib/work-queue.ts";
import { type Key, type Outcome, type ReconcileContext, type Reconciler, TerminalError } from "./reconciler.ts";
import { HierarchyMissing } from "./hierarchy.ts";

export interface ControllerOptions {
  readonly reconciler: Reconciler;
  /** The context of one run; the signal ends it. */
  readonly context: (signal: AbortSignal) => ReconcileContext;
  readonly clock: Clock;
  /** Keys worked on at the same time. */
  readonly workers: number;
  /** Longest run of one key, ms. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown, where: { readonly kind: string; readonly key: Key }) => void;
  readonly random?: () => number;
}

export interface ControllerStats {
  queued: number;
  running: number;
  reconciles: number;
  errors: number;
}

/** The queue and the workers of one reconciler. */
export interface Controller {
  readonly kind: string;
  enqueue(key: Key): void;
  /** Works until the signal aborts, then resolves when the last run has ended. Keys stay queued in between. */
  run(signal: AbortSignal): Promise<void>;
  stats(): Readonly<ControllerStats>;
  /** Drops the queue; `run` ends. */
  close(): void;
}

/** Parents appear within seconds while a set of manifests is applied, or not at all; watches wake us earlier. */
const MISSING_PARENT: Backoff = { baseMs: 2000, maxMs: 30_000 };
/** How long a run that ignores its signal may hold a worker after its time is over. */
const GRACE_MS = 1000;

/** Makes the controller of one reconciler; it does nothing until `run`. */
export const createController = (options: ControllerOptions): Controller => {
  const { clock, random } = options;
  const queue = new WorkQueue({ clock, ...(random === undefined ? {} : { random }) });
  const stats = { running: 0, reconciles: 0, errors: 0 };
  return {
    kind: options.reconciler.kind,
    enqueue: (key) => queue.add(encodeKey(key)),
    run: async (signal) => {
      const workers = Array.from({ length: options.workers }, () => work({ options, queue, stats, signal }));
      await Promise.all(workers);
    },
    stats: () => ({ queued: queue.depth, ...stats }),
    close: () => queue.close(),
  };
};

interface Worker {
  readonly options: ControllerOptions;
  readonly queue: WorkQueue;
  readonly stats: { running: number; reconciles: number; errors: number };
  readonly signal: AbortSignal;
}

const work = async (worker: Worker): Promise<void> => {
  const { queue, signal, stats } = worker;
  for (;;) {
    const key = await queue.take(signal);
    if (key === undefined) return;
    stats.running++;
    try {
      await handle(worker, key);
    } finally {
      stats.running--;
    }
  }
};

/** Runs one key and decides, in this one place, when it runs again. */
const handle = async (worker: Worker, key: string): Promise<void> => {
  const { options, queue, stats, signal } = worker;
  stats.reconciles++;
  const run = startRun(options, key, signal);
  try {
    const outcome = await run.result;
    queue.forget(key);
    if (outcome.outcome === "again") queue.addAfter(key, outcome.afterMs);
  } catch (error) {
    if (!signal.aborted) retryOrStop(worker, key, error);
    else queue.add(key);
  } finally {
    // Not before the run has really ended, even when its worker went on: two runs of one key would race.
    void run.ended.then(() => queue.done(key));
  }
};

const retryOrStop = ({ options, queue, stats }: Worker, key: string, error: unknown): void => {
  if (error instanceof HierarchyMissing) {
    queue.retry(key, MISSING_PARENT);
    return;
  }
  if (isConflict(error)) {
    // Somebody else wrote first and our cache is about to learn it: expected, so not counted as an error.
    queue.retry(key);
    return;
  }
  stats.errors++;
  options.onError(error, { kind: options.reconciler.kind, key: decodeKey(key) });
  if (error instanceof TerminalError) queue.forget(key);
  else queue.retry(key);
};

/**
 * One run under its own deadline. `result` settles when the run does, or soon after the deadline when the run ignores
 * its signal; `ended` resolves when it has really ended.
 */
const startRun = (
  { reconciler, context, clock, timeoutMs }: ControllerOptions,
  key: string,
  stop: AbortSignal,
): { result: Promise<Outcome>; ended: Promise<void> } => {
  const over = new AbortController();
  const abort = new AbortController();
  // Not AbortSignal.any: a signal that lives as long as the process would remember every run.
  stop.addEventListener("abort", () => abort.abort(stop.reason), { once: true, signal: over.signal });
  // `async` also turns a synchronous throw of the reconciler into a rejection.
  const run = (async () => await reconciler.reconcile(decodeKey(key), context(abort.signal)))();
  const deadline = async (): Promise<never> => {
    await clock.sleep(timeoutMs, over.signal);
    abort.abort(timeoutError(reconciler.kind, key, timeoutMs));
    await clock.sleep(GRACE_MS, over.signal);
    throw abort.signal.reason;
  };
  const result = Promise.race([run, deadline()]);
  const end = (): void => over.abort();
  return { result, ended: run.then(end, end) };
};

const timeoutError = (kind: string, key: string, timeoutMs: number): ChoreoError => {
  const seconds = Math.round(timeoutMs / 1000);
  return new ChoreoError("E_TIMEOUT", `Reconciling ${kind} ${key} took longer than ${seconds} s`, {
    why: "a call it made did not come back in time",
    fix: "choreo-dev status",
  });
};

const encodeKey = ({ namespace, name }: Key): string => (namespace === undefined ? name : `${namespace}/${name}`);

const decodeKey = (key: string): Key => {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
};

/** A log line for an error of a run. */
export const describeFailure = (error: unknown): string =>
  error instanceof ChoreoError && error.why !== undefined ? `${error.message}: ${error.why}` : messageOf(error);

import { isKubeError } from "../../../k8s/errors.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { messageOf } from "../../../lib/errors.ts";
import { WorkQueue } from "../../../lib/work-queue.ts";
import type { Log } from "./context.ts";

export interface LoopOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Keys worked on at the same time. Default 4. */
  readonly workers?: number;
  /** Brings one key up to date. May say in how many ms it wants to be asked again. */
  readonly reconcile: (key: string) => Promise<number | undefined>;
}

/** A queue of keys and the workers that empty it. */
export interface Loop {
  add(key: string): void;
  /** Works until the signal aborts and the last key is done. */
  run(): Promise<void>;
}

/** As Kubernetes' own: most often it is a copy that is a moment behind. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 30_000;
/** A timer of Node.js holds no more; whoever wants to wait longer looks again then. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export const createLoop = (options: LoopOptions): Loop => {
  const { clock, signal, log, name, workers = 4 } = options;
  const queue = new WorkQueue({ clock });
  const failures = new Map<string, number>();
  const pause = async (key: string): Promise<void> => {
    const count = failures.get(key) ?? 0;
    failures.set(key, count + 1);
    // On the machine's own clock: a server that does not answer knows nothing of ours.
    await systemClock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(count, 10)), signal);
    queue.add(key);
  };
  const handle = async (key: string): Promise<void> => {
    try {
      const againMs = await options.reconcile(key);
      failures.delete(key);
      if (againMs !== undefined) queue.addAfter(key, Math.min(LONGEST_DELAY_MS, Math.max(0, againMs)));
    } catch (error) {
      if (signal.aborted) return;
      // A local copy that is behind is everyday business.
      log(isKubeError(error, 409, 404) ? "debug" : "warn", `${name}: ${messageOf(error)}`, { key });
      pause(key).catch(() => undefined);
    } finally {
      queue.done(key);
    }
  };
  const work = async (): Promise<void> => {
    for (;;) {
      const key = await queue.take(signal);
      if (key === undefined) return;
      await handle(key);
    }
  };
  return {
    add: (key) => queue.add(key),
    run: async () => {
      await Promise.all(Array.from({ length: workers }, work));
      queue.close();
    },
  };
};

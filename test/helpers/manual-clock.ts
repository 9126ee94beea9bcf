import type { Clock } from "../../src/lib/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time forward in the order of the sleepers; each gets to run, and may sleep again, before the next wakes. */
  advance(ms: number): Promise<void>;
  /** How many sleeps are pending. */
  sleepers(): number;
}

/** A clock that stands still until the test moves it. */
export const createManualClock = (startMs: number = Date.UTC(2030, 0, 1)): ManualClock => {
  const sleeps = new Set<{ readonly wakeAtMs: number; readonly wake: () => void }>();
  let elapsedMs = 0;
  const clock: ManualClock = {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const sleep = { wakeAtMs: elapsedMs + ms, wake: () => end(resolve) };
        const abort = (): void => end(() => reject(signal?.reason as Error));
        const end = (settle: () => void): void => {
          sleeps.delete(sleep);
          signal?.removeEventListener("abort", abort);
          settle();
        };
        sleeps.add(sleep);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    advance: async (ms) => {
      const untilMs = elapsedMs + ms;
      await settled();
      for (;;) {
        const [next] = [...sleeps].sort((a, b) => a.wakeAtMs - b.wakeAtMs);
        if (next === undefined || next.wakeAtMs > untilMs) break;
        elapsedMs = Math.max(elapsedMs, next.wakeAtMs);
        next.wake();
        await settled();
      }
      elapsedMs = untilMs;
    },
    sleepers: () => sleeps.size,
  };
  return clock;
};

/** Lets everything that needs no time run to its next pause. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

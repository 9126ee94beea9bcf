import { type Clock, systemClock } from "./clock.ts";
import { ChoreoError, type ErrorCode } from "./errors.ts";

export interface PollOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** First pause between tries; doubles up to `maxIntervalMs`. */
  readonly intervalMs?: number;
  readonly maxIntervalMs?: number;
  /** What is waited for, used in the time-out message: "Timed out after 60 s waiting for <what>: <missing>". */
  readonly what: string;
  readonly code?: ErrorCode;
  readonly fix?: string;
  readonly clock?: Clock;
}

/** One try: `done` with a value, or what is still missing in plain words. */
export type PollResult<T> =
  { readonly done: true; readonly value: T } | { readonly done: false; readonly missing: string };

/**
 * Tries until `attempt` says done. A time-out is a failure that says what is still missing; an abort rejects with the
 * signal's reason. Errors thrown by `attempt` end the wait at once: an attempt turns expected ones into `missing`.
 */
export const poll = async <T>(attempt: () => Promise<PollResult<T>>, options: PollOptions): Promise<T> => {
  const { signal, timeoutMs, what, maxIntervalMs = 1000, clock = systemClock } = options;
  const deadline = clock.monotonic() + timeoutMs;
  let pause = options.intervalMs ?? 100;
  for (;;) {
    signal?.throwIfAborted();
    const result = await attempt();
    if (result.done) return result.value;
    if (clock.monotonic() + pause > deadline) {
      throw new ChoreoError(
        options.code ?? "E_TIMEOUT",
        `Timed out after ${Math.round(timeoutMs / 1000)} s waiting for ${what}`,
        { why: result.missing, ...(options.fix === undefined ? {} : { fix: options.fix }) },
      );
    }
    await clock.sleep(pause, signal);
    pause = Math.min(pause * 1.5, maxIntervalMs);
  }
};

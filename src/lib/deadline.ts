export interface DeadlineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** What the caller gets when time is up. */
  readonly expired: () => Error;
}

/**
 * Runs work under a signal that aborts with the caller's or when time is up, and rejects with the reason of whichever
 * came first. Not `AbortSignal.any`: on a signal that lives as long as the process it leaves something behind per call.
 */
export const withDeadline = async <T>(
  { signal, timeoutMs, expired }: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(expired()), timeoutMs);
  const unlink = linkAbort(signal, timer);
  try {
    return await work(timer.signal);
  } catch (error) {
    throw timer.signal.aborted ? timer.signal.reason : error;
  } finally {
    clearTimeout(timeout);
    unlink();
  }
};

/** Aborts the controller when the signal does, with the same reason, until the returned function is called. */
export const linkAbort = (signal: AbortSignal | undefined, controller: AbortController): (() => void) => {
  if (signal === undefined) return () => undefined;
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
};

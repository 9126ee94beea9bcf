import { ChoreoError } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";

export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 or 143 once the user asked to stop. */
  exitCode(): number | undefined;
  /** Whether whoever read stdout has gone: `choreo-dev logs -f | head`. */
  outputClosed(): boolean;
  stop(): void;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Turns Ctrl-C, SIGTERM and a closed stdout into an abort, so that work ends in order. The second Ctrl-C ends the
 * process at once: whoever presses it twice does not want to wait.
 */
export const listenForInterruption = (): Interruption => {
  const abort = new AbortController();
  manyListeners(abort.signal);
  let exitCode: number | undefined;
  let outputClosed = false;
  const onSignal = (name: "SIGINT" | "SIGTERM"): void => {
    if (exitCode !== undefined) process.exit(exitCode);
    exitCode = EXIT_CODES[name];
    abort.abort(new ChoreoError("E_INTERRUPTED", "nothing more was started"));
  };
  const onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
    outputClosed = true;
    abort.abort(new ChoreoError("E_INTERRUPTED", "nobody reads the output any more"));
  };
  const ignorePipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  process.stdout.on("error", onPipe);
  process.stderr.on("error", ignorePipe);
  return {
    signal: abort.signal,
    exitCode: () => exitCode,
    outputClosed: () => outputClosed,
    stop: () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      // The stream listeners stay: a late EPIPE of buffered output must not become a crash.
    },
  };
};

/** Wakes one waiter; beats while it is busy count as one. */
export interface Pulse {
  beat(): void;
  /** Resolves with true after the next beat, at once when there was one since the last call; false after the abort. */
  next(): Promise<boolean>;
}

export const createPulse = (signal: AbortSignal): Pulse => {
  let beaten = false;
  let wake: (() => void) | undefined;
  const beat = (): void => {
    beaten = true;
    wake?.();
  };
  signal.addEventListener("abort", beat, { once: true });
  return {
    beat,
    next: async () => {
      if (!beaten && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      beaten = false;
      return !signal.aborted;
    },
  };
};

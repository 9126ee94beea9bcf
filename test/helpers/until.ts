import { setTimeout as delay } from "node:timers/promises";

/** Waits until `attempt` gives a value; says what it waited for when it never does. */
export const untilTrue = async <T>(
  what: string,
  attempt: () => Promise<T | undefined>,
  timeoutMs = 120_000,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  let pause = 20;
  for (;;) {
    const value = await attempt();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await delay(pause);
    pause = Math.min(pause * 2, 500);
  }
};

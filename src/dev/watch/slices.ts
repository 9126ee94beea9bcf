import { setImmediate as turn } from "node:timers/promises";

/**
 * Lets others run during a long loop of short synchronous steps: await what it gives whenever it gives something.
 * For small files a synchronous call takes a third of the time of one that goes through Node's thread pool and back.
 */
export const slices = (sliceMs = 4): (() => Promise<void> | undefined) => {
  let since = performance.now();
  return () => {
    if (performance.now() - since < sliceMs) return undefined;
    return turn().then(() => {
      since = performance.now();
    });
  };
};

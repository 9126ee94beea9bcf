/** At most so many works at a time, the others wait in their order. */
export const createTurns = (atOnce: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      // A turn is handed over, so that nobody comes in between.
      const next = waiting.shift();
      if (next === undefined) running--;
      else setImmediate(next);
    }
  };
};

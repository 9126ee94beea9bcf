import { type Deferred, deferred } from "./deferred.ts";

export interface WarmPoolWays<T> {
  /** How many are kept: waiting, in use and to come back, or on their way. */
  readonly size: number;
  readonly make: () => Promise<T>;
  /** Whether it can be used again when it is given back. */
  readonly comesBack: (item: T) => boolean;
  /** Makes one that was used as it was. One that cannot be is discarded. */
  readonly renew: (item: T) => Promise<void>;
  readonly discard: (item: T) => Promise<void>;
  /** What is said to whoever wants one from a pool that is closed. */
  readonly closed: () => Error;
}

/** Keeps things ready that take long to make. */
export interface WarmPool<T> {
  /** One that waits, at once; else the next that is there. More than the pool keeps are made for those who want them. */
  readonly take: () => Promise<T>;
  /** Takes no time: renewing and discarding go on behind it. Twice is once. */
  readonly giveBack: (item: T) => void;
  /** Resolves when nothing is on its way any more. */
  readonly warm: () => Promise<void>;
  /** Discards everything, also what is in use. */
  readonly close: () => Promise<void>;
}

/** Begins at once, and makes one after the other, so that the first is there as soon as it can be. */
export const createWarmPool = <T>({ size, make, comesBack, renew, discard, closed }: WarmPoolWays<T>): WarmPool<T> => {
  const idle: T[] = [];
  const inUse = new Set<T>();
  const waiting: Deferred<T>[] = [];
  const coming = new Set<Promise<void>>();
  const leaving = new Set<Promise<void>>();
  let lastMade: Promise<unknown> = Promise.resolve();
  let ending: Promise<void> | undefined;

  const kept = (): number => idle.length + coming.size + [...inUse].filter(comesBack).length;
  const isWanted = (): boolean => ending === undefined && (coming.size < waiting.length || kept() < size);
  /** What could not be discarded is said when the pool is closed. */
  const leave = (item: T): void => {
    const done = discard(item);
    leaving.add(done);
    void done.then(
      () => leaving.delete(done),
      () => undefined,
    );
  };
  /** A failure is for whoever waits for the pool to be warm; where nobody does, it is not one of the process. */
  const come = (work: Promise<void>): Promise<void> => {
    const done = work.finally(() => coming.delete(done));
    coming.add(done);
    done.catch(() => undefined);
    return done;
  };
  const arrive = (item: T): void => {
    const next = waiting.shift();
    // What arrives is on its way still: it is among those that are kept.
    if (ending !== undefined || (next === undefined && kept() > size)) leave(item);
    else if (next === undefined) idle.push(item);
    else {
      inUse.add(item);
      next.resolve(item);
    }
  };
  const makeNext = async (): Promise<void> => {
    const made = lastMade.then(() => (ending === undefined ? make() : undefined));
    lastMade = made.catch(() => undefined);
    try {
      const item = await made;
      if (item !== undefined) arrive(item);
    } catch (error) {
      // Who waits is told; else it is tried again when somebody wants one.
      waiting.shift()?.reject(error);
      throw error;
    }
  };
  const fill = (): void => {
    while (isWanted()) void come(makeNext());
  };
  const comeBack = async (item: T): Promise<void> => {
    try {
      await renew(item);
      arrive(item);
    } catch {
      leave(item);
    }
  };
  const closeAll = async (): Promise<void> => {
    for (const one of waiting.splice(0)) one.reject(closed());
    await Promise.allSettled(coming);
    for (const item of [...idle.splice(0), ...inUse]) leave(item);
    inUse.clear();
    await Promise.all(leaving);
  };

  fill();
  return {
    take: async () => {
      if (ending !== undefined) throw closed();
      const next = deferred<T>();
      waiting.push(next);
      const ready = idle.shift();
      if (ready !== undefined) arrive(ready);
      fill();
      return next.promise;
    },
    giveBack: (item) => {
      if (!inUse.delete(item) || ending !== undefined) return;
      if (comesBack(item) && (waiting.length > 0 || kept() < size)) void come(comeBack(item)).then(fill);
      else leave(item);
    },
    warm: async () => {
      fill();
      while (coming.size > 0) await Promise.all(coming);
    },
    close: () => (ending ??= closeAll()),
  };
};

import { ChoreoError } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import { createWarmPool } from "../lib/warm-pool.ts";
import type { PlatformSnapshot } from "../supervisor/clusters.ts";
import { fill } from "./fill.ts";
import type { StartOptions } from "./options.ts";
import type { RunningPlatform } from "./platform.ts";
import { type ViewInput, viewOf } from "./view.ts";
import { openWhole } from "./whole-platform.ts";

export interface PoolOptions extends Omit<StartOptions, "reuse" | "isolation"> {
  /** How many platforms are kept: as many as are used at once. Default 1. */
  readonly size?: number | undefined;
}

/** Platforms that are booted before they are wanted. All of them go with the pool, and with this process. */
export interface PlatformPool extends AsyncDisposable {
  /**
   * A platform as the options describe it: one that waits, at once, else the next that is there. Those who want more at a time
   * than the pool keeps have one made for them. Disposed, it goes back to the pool, and nobody waits for that.
   */
  take(): Promise<RunningPlatform>;
  /** Resolves when all platforms are there that the pool keeps, but those that are in use. */
  warm(): Promise<void>;
}

/**
 * Keeps platforms ahead of those who take them. On `embedded` one that comes back is made as it was when it was new; one that
 * cannot be, as on kind, is removed, and another one is booted in its place.
 */
export const createPlatformPool = ({ size = 1, ...options }: PoolOptions = {}): PlatformPool => {
  if (!Number.isInteger(size) || size < 1)
    throw new ChoreoError("E_USAGE", `A pool of ${size} platforms is none`, { fix: "give it a size of 1 or more" });
  const pool = createWarmPool<Pooled>({
    size,
    make: () => boot(options),
    comesBack: ({ before }) => before !== undefined,
    renew: async ({ opened, before }) => opened.local?.supervisor.restore(before ?? new Map()),
    discard: ({ opened }) => opened.end(),
    closed: () => new ChoreoError("E_USAGE", "The pool of platforms was disposed"),
  });
  return {
    take: async () => lend(await pool.take(), pool.giveBack),
    warm: pool.warm,
    [Symbol.asyncDispose]: pool.close,
  };
};

/** A platform of the pool, whoever has it. */
interface Pooled {
  readonly opened: ViewInput;
  /** As it was when it was new; undefined where it cannot be made so again. */
  readonly before: PlatformSnapshot | undefined;
}

const boot = async (options: StartOptions): Promise<Pooled> => {
  const opened = await openWhole(options);
  try {
    await fill(viewOf(opened), options);
    return { opened, before: opened.local?.supervisor.snapshot() };
  } catch (error) {
    await opened.end();
    throw error;
  }
};

const lend = (pooled: Pooled, giveBack: (pooled: Pooled) => void): RunningPlatform => {
  const { opened } = pooled;
  const { scope } = opened;
  // What its user still waits for when it is another one's must not be done there.
  const lease = new AbortController();
  const signal = manyListeners(AbortSignal.any([scope.signal, lease.signal]));
  const end = async (): Promise<void> => {
    lease.abort(new Error("the platform was given back"));
    giveBack(pooled);
  };
  return viewOf({ ...opened, scope: { ...scope, signal }, end });
};

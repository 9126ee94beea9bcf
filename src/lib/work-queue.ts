import { type Clock, systemClock } from "./clock.ts";

/** How fast a key that fails comes back: `baseMs` doubled for each failure in a row, at most `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { baseMs: 200, maxMs: 60_000 };

export interface QueueOptions {
  readonly clock?: Clock;
  /** 0 to 1, spreads retries so that keys that failed together do not come back together. */
  readonly random?: () => number;
}

type Taker = (key: string | undefined) => void;

/**
 * A queue of keys, each in it once at most. A key that is added while it is worked on is handed out again afterwards,
 * never to two workers at a time: one key's work is serial and no change is lost. It holds timers while keys are
 * delayed; `close` ends them.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #ready: string[] = [];
  /** Keys that have to be worked on. One that is also in `#processing` goes back to `#ready` when it is done. */
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delays = new Map<string, AbortController>();
  readonly #takers = new Set<Taker>();
  #closed = false;

  constructor(options: QueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  /** Keys waiting for a worker now, without the delayed ones. */
  get depth(): number {
    return this.#ready.length;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#push(key);
  }

  /** Adds the key after a while, ms. The last call for a key counts; handing the key out cancels it. */
  addAfter(key: string, delayMs: number): void {
    this.#cancelDelay(key);
    if (this.#closed) return;
    const delay = new AbortController();
    this.#delays.set(key, delay);
    this.#clock.sleep(delayMs, delay.signal).then(
      () => this.add(key),
      () => undefined,
    );
  }

  /** Adds the key after its next backoff and returns that delay, ms. */
  retry(key: string, backoff: Backoff = DEFAULT_BACKOFF): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = backoffMs(backoff, failures, this.#random());
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** Ends the row of failures of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key; undefined when the signal aborts. Each key taken must be given to `done`. */
  async take(signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return undefined;
    if (this.#ready.length > 0) return this.#next();
    return await waitForKey(this.#takers, signal);
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#push(key);
  }

  /** Forgets every key and ends the delays; keys that are added later are dropped. */
  close(): void {
    this.#closed = true;
    this.#ready.length = 0;
    this.#dirty.clear();
    for (const key of this.#delays.keys()) this.#cancelDelay(key);
  }

  #push(key: string): void {
    this.#ready.push(key);
    const [taker] = this.#takers;
    taker?.(this.#next());
  }

  #next(): string | undefined {
    const key = this.#ready.shift();
    if (key === undefined) return undefined;
    this.#dirty.delete(key);
    this.#processing.add(key);
    this.#cancelDelay(key);
    return key;
  }

  #cancelDelay(key: string): void {
    this.#delays.get(key)?.abort();
    this.#delays.delete(key);
  }
}

const waitForKey = async (takers: Set<Taker>, signal: AbortSignal): Promise<string | undefined> =>
  await new Promise((resolve) => {
    const taker: Taker = (key) => {
      takers.delete(taker);
      signal.removeEventListener("abort", giveUp);
      resolve(key);
    };
    const giveUp = (): void => taker(undefined);
    takers.add(taker);
    signal.addEventListener("abort", giveUp, { once: true });
  });

/** Delay after `failures` earlier failures: between 75 % and 125 % of the doubled base, never above the maximum. */
const backoffMs = ({ baseMs, maxMs }: Backoff, failures: number, random: number): number =>
  Math.min(maxMs, Math.round(baseMs * 2 ** Math.min(failures, 30) * (0.75 + random / 2)));

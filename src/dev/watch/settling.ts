import type { Clock } from "../../lib/clock.ts";

/** What a look at the tree found. */
export interface Pace {
  /** Something happened meanwhile that has not been looked at. */
  readonly more: boolean;
  /** More is to be expected: wait longer than for a single save. */
  readonly burst: boolean;
}

export interface SettleSteps {
  readonly look: () => Promise<Pace>;
  /** Whether somebody says that he is at work in the tree: nothing is given meanwhile. */
  readonly isBusy: () => Promise<boolean>;
}

/** When a batch is complete: nothing has happened for a while, or events have kept coming for too long. */
export class Settling {
  readonly #settleMs: number;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Monotonic, ms; undefined while nothing waits to be given. */
  #firstAt: number | undefined;
  #lastAt = 0;
  #observedAt = 0;
  #wake: (() => void) | undefined;
  /** When a path was last heard of, monotonic ms. */
  #heard = new Map<string, number>();
  /** Since when a path has been kept back because it is being written all the time. */
  #heldSince = new Map<string, number>();
  /** Events since the last batch. */
  events = 0;
  /** Whether the last wait ended although events kept coming. */
  isCapped = false;

  constructor(settleMs: number, clock: Clock, signal: AbortSignal) {
    this.#settleMs = settleMs;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  onEvent(path: string | undefined): void {
    this.#lastAt = this.#clock.monotonic();
    if (path !== undefined) this.#heard.set(path, this.#lastAt);
    this.events++;
    if (this.#firstAt !== undefined) return;
    this.#begin();
  }

  async untilEvent(): Promise<void> {
    while (this.#firstAt === undefined) {
      this.#signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async untilSettled({ look, isBusy }: SettleSteps): Promise<void> {
    let deadline = (this.#firstAt ?? this.#clock.monotonic()) + this.#settleMs * CAP;
    let quietMs = this.#settleMs;
    for (;;) {
      await this.#untilQuiet(quietMs, deadline);
      const seenAt = this.#lastAt;
      const { more, burst } = await look();
      quietMs = this.#settleMs * (burst ? BURST : 1);
      if (await isBusy()) {
        await this.#clock.sleep(BUSY_POLL_MS, this.#signal);
        deadline = this.#clock.monotonic() + this.#settleMs * CAP;
        continue;
      }
      const now = this.#clock.monotonic();
      this.isCapped = now >= deadline;
      const isQuiet = !more && this.#lastAt === seenAt && now - seenAt >= quietMs;
      if (isQuiet || this.isCapped) return;
    }
  }

  /** Whether a file is being written just now, and has not been kept back for long. */
  isHot(path: string): boolean {
    const now = this.#clock.monotonic();
    const heard = this.#heard.get(path);
    if (heard === undefined || now - heard >= this.#settleMs) return false;
    const since = this.#heldSince.get(path) ?? now;
    this.#heldSince.set(path, since);
    return now - since < this.#settleMs * HOLD;
  }

  times(): { readonly observedAt: number; readonly watchMs: number } {
    const now = this.#clock.monotonic();
    return { observedAt: this.#observedAt, watchMs: now - (this.#firstAt ?? now) };
  }

  /** Begins the next batch; `waiting`: with something in it. */
  restart(waiting: boolean): void {
    this.events = 0;
    this.#firstAt = undefined;
    if (waiting) return this.#begin();
    this.#heard = new Map();
    this.#heldSince = new Map();
  }

  #begin(): void {
    this.#firstAt = this.#clock.monotonic();
    this.#observedAt = this.#clock.now();
    this.#wake?.();
  }

  async #untilQuiet(quietMs: number, deadline: number): Promise<void> {
    for (;;) {
      const due = Math.min(this.#lastAt + quietMs, deadline) - this.#clock.monotonic();
      if (due <= 0) return;
      await this.#clock.sleep(Math.ceil(due), this.#signal);
    }
  }
}

// Multiples of the time that a single save takes to settle.
const BURST = 4;
const CAP = 25;
const HOLD = 100;

const BUSY_POLL_MS = 10;

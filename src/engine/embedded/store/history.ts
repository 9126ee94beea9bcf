import type { Change } from "./store.ts";

/** The last changes, oldest first, for watches that begin in the past and lists as they were. */
export class History {
  #changes: Change[] = [];
  #compacted: number;
  readonly #most: number;

  /** `compacted`: the revision before the first change that will be kept. */
  constructor(compacted: number, most: number) {
    this.#compacted = compacted;
    this.#most = most;
  }

  /** The newest revision of which nothing is known any more but its result. */
  get compacted(): number {
    return this.#compacted;
  }

  push(change: Change): void {
    this.#changes.push(change);
    // Half at once: dropping one at a time would move the whole array with every write.
    if (this.#changes.length <= this.#most * 2) return;
    const dropped = this.#changes.splice(0, this.#changes.length - this.#most);
    this.#compacted = dropped.at(-1)?.revision ?? this.#compacted;
  }

  /** All changes after a revision that is not older than {@link compacted}. */
  since(revision: number): readonly Change[] {
    return this.#changes.slice(this.#indexAfter(revision));
  }

  #indexAfter(revision: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle] as Change).revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

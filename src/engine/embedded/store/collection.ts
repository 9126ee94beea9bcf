import type { Entry } from "./store.ts";

/** The entries of one resource, in the order of their keys. */
export class Collection {
  readonly #entries = new Map<string, Entry>();
  readonly #keys: string[] = [];

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  set(entry: Entry): void {
    if (!this.#entries.has(entry.key)) this.#keys.splice(this.#position(entry.key), 0, entry.key);
    this.#entries.set(entry.key, entry);
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#keys.splice(this.#position(key), 1);
  }

  /** Entries whose key begins with a text, from the first behind `after`. */
  *range(prefix: string, after: string | undefined): Generator<Entry> {
    const start = after === undefined ? this.#position(prefix) : this.#position(`${after}\0`);
    // The keys may change while a consumer pauses; it gets those of now.
    const keys = this.#keys.slice(start);
    for (const key of keys) {
      if (!key.startsWith(prefix)) return;
      const entry = this.#entries.get(key);
      if (entry !== undefined) yield entry;
    }
  }

  /** Where a key is, or would be put. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

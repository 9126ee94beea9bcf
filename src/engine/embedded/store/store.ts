import { Collection } from "./collection.ts";
import { type Durability, type Log, openLog } from "./log.ts";
import { type Files, diskFiles } from "./files.ts";
import { History } from "./history.ts";
import type { LogRecord } from "./record.ts";

/** A value as it stands now. */
export interface Entry {
  /** `group/resource/namespace/name`; the first two name its collection. */
  readonly key: string;
  /** JSON text. */
  readonly value: string;
  readonly revision: number;
}

/** One step of the store, with what was there before: it can be told to watchers and undone for a list as it was. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  /** The entry after it; undefined when it was deleted. */
  readonly entry: Entry | undefined;
  readonly previous: Entry | undefined;
  /** Of a deletion: the value with which watchers are told of it. */
  readonly last: string | undefined;
}

export interface Write {
  readonly key: string;
  /** Revision that the entry must have, 0 for none; undefined where anything may be overwritten. */
  readonly expected: number | undefined;
  /** The value for the revision that the write gets; a deletion's is only told to watchers. */
  readonly value: (revision: number) => string;
  readonly delete?: boolean;
}

export interface Range {
  readonly entries: readonly Entry[];
  /** Revision that the entries are of. */
  readonly revision: number;
  /** How many come behind the limit. */
  readonly remaining: number;
}

export interface RangeOptions {
  readonly limit?: number;
  /** Key behind which to begin. */
  readonly after?: string;
  /** The range as it was then; `compacted` must not be newer. */
  readonly revision?: number;
}

export interface Store {
  /** Of the last change that is durable and was told. */
  readonly revision: number;
  /** Nothing older is known: neither watches nor lists can begin before. */
  readonly compacted: number;
  /** What a crash had cut off when the store was opened, in words. */
  readonly dropped: string | undefined;
  get(key: string): Entry | undefined;
  /** The entry that a write would meet: also those on their way to the disk. Base writes on it, never answers. */
  tip(key: string): Entry | undefined;
  range(prefix: string, options?: RangeOptions): Range;
  /** Everything, collection by collection. */
  all(): Iterable<Entry>;
  /** Resolves when it is durable and told. Undefined when the entry is not the expected one: nothing was written. */
  write(write: Write): Promise<Change | undefined>;
  /** Resolves when no write of until now is on its way any more: what `tip` showed then, `get` shows. */
  settled(): Promise<void>;
  /** Tells every change after a revision, which must not be older than `compacted`, in order and without gaps. */
  watch(prefix: string, from: number, listener: (change: Change) => void): () => void;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Folder of the log; undefined: in memory only. */
  readonly dir: string | undefined;
  /** What a store in memory begins with. */
  readonly initial?: readonly LogRecord[] | undefined;
  readonly durability?: Durability;
  readonly files?: Files;
  /** Changes that are kept for watches; at least this many, at most twice. */
  readonly history?: number;
  readonly segmentBytes?: number;
}

const NO_LOG: Log = {
  append: () => Promise.resolve(),
  isLong: () => false,
  compact: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Everything of one API server: all state in memory, ordered by one revision, durable by an append-only log. */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  const { dir, durability = "sync", files = diskFiles, history = 10_000, segmentBytes = 16 * 1024 * 1024 } = options;
  const opened = dir === undefined ? undefined : await openLog({ files, dir, durability, segmentBytes });
  return new RevisionStore(opened?.log ?? NO_LOG, {
    // Kubernetes' own first revision is 1: 0 stands for "any".
    revision: Math.max(1, opened?.recovered.revision ?? 0, ...(options.initial ?? []).map(({ revision }) => revision)),
    values: opened?.recovered.values ?? new Map(options.initial?.map((record) => [record.key, record])),
    dropped: opened?.recovered.dropped,
    history,
  });
};

export const collectionOf = (key: string): string => key.slice(0, key.indexOf("/", key.indexOf("/") + 1));

interface Start {
  readonly revision: number;
  readonly values: ReadonlyMap<string, LogRecord>;
  readonly dropped: string | undefined;
  readonly history: number;
}

interface Pending {
  readonly change: Change;
  readonly settle: { readonly done: (change: Change) => void; readonly fail: (error: unknown) => void };
}

class RevisionStore implements Store {
  readonly dropped: string | undefined;
  readonly #log: Log;
  readonly #collections = new Map<string, Collection>();
  readonly #watchers = new Map<string, Set<{ readonly prefix: string; readonly listener: (change: Change) => void }>>();
  readonly #history: History;
  /** Entries of writes that are not durable yet; undefined: deleted. */
  readonly #tips = new Map<string, Pending["change"]>();
  #queue: Pending[] = [];
  #flushing: Promise<void> | undefined;
  /** They end in their order. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  #revision: number;
  #tipRevision: number;

  constructor(log: Log, { revision, values, dropped, history }: Start) {
    this.#log = log;
    this.dropped = dropped;
    this.#revision = revision;
    this.#tipRevision = revision;
    this.#history = new History(revision, history);
    for (const { key, value, revision: at } of values.values())
      if (value !== undefined) this.#collection(key).set({ key, value, revision: at });
  }

  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#history.compacted;
  }

  get(key: string): Entry | undefined {
    return this.#collections.get(collectionOf(key))?.get(key);
  }

  tip(key: string): Entry | undefined {
    const pending = this.#tips.get(key);
    return pending === undefined ? this.get(key) : pending.entry;
  }

  range(prefix: string, { limit, after, revision = this.#revision }: RangeOptions = {}): Range {
    const collection = this.#collections.get(collectionOf(prefix));
    const entries =
      revision === this.#revision
        ? [...(collection?.range(prefix, after) ?? [])]
        : this.#asItWas(prefix, revision).filter(({ key }) => after === undefined || key > after);
    const shown = limit === undefined ? entries : entries.slice(0, limit);
    return { entries: shown, revision, remaining: entries.length - shown.length };
  }

  *all(): Generator<Entry> {
    for (const collection of this.#collections.values()) yield* collection.range("", undefined);
  }

  write({ key, expected, value, delete: deletes = false }: Write): Promise<Change | undefined> {
    const previous = this.tip(key);
    if (expected !== undefined && (previous?.revision ?? 0) !== expected) return Promise.resolve(undefined);
    if (deletes && previous === undefined) return Promise.resolve(undefined);
    const revision = this.#tipRevision + 1;
    const text = value(revision);
    this.#tipRevision = revision;
    const entry = deletes ? undefined : { key, value: text, revision };
    const change: Change = { revision, key, entry, previous, last: deletes ? text : undefined };
    this.#tips.set(key, change);
    const written = new Promise<Change>((done, fail) => {
      this.#queue.push({ change, settle: { done, fail } });
      this.#flushing ??= this.#flush();
    });
    this.#lastWrite = written;
    return written;
  }

  async settled(): Promise<void> {
    await this.#lastWrite.catch(() => undefined);
  }

  watch(prefix: string, from: number, listener: (change: Change) => void): () => void {
    for (const change of this.#history.since(from)) if (change.key.startsWith(prefix)) listener(change);
    const collection = collectionOf(prefix);
    const watchers = this.#watchers.get(collection) ?? new Set();
    this.#watchers.set(collection, watchers);
    const watcher = { prefix, listener };
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }

  async close(): Promise<void> {
    await this.#flushing?.catch(() => undefined);
    await this.#log.close();
  }

  /** All writes of one turn of the event loop, and those that come while the disk works, share one sync. */
  async #flush(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#log.append(batch.map(({ change }) => recordOf(change)));
      } catch (error) {
        this.#refuse(batch, error);
        break;
      }
      for (const pending of batch) this.#publish(pending);
      // A failure is reported by the next write.
      if (this.#log.isLong()) await this.#log.compact(this.#revision, this.all()).catch(() => undefined);
    }
    // In the same turn as the last look at the queue, so that no write is left in it.
    this.#flushing = undefined;
  }

  #publish({ change, settle }: Pending): void {
    const { key, entry, revision } = change;
    if (entry === undefined) this.#collection(key).delete(key);
    else this.#collection(key).set(entry);
    if (this.#tips.get(key) === change) this.#tips.delete(key);
    this.#revision = revision;
    this.#history.push(change);
    for (const { prefix, listener } of this.#watchers.get(collectionOf(key)) ?? [])
      if (key.startsWith(prefix)) listener(change);
    settle.done(change);
  }

  /** Nothing of these writes, nor of those that were based on them, has happened. */
  #refuse(batch: readonly Pending[], error: unknown): void {
    const refused = [...batch, ...this.#queue];
    this.#queue = [];
    this.#tips.clear();
    this.#tipRevision = this.#revision;
    for (const { settle } of refused) settle.fail(error);
  }

  /** Undoes what came since: exact, because every change knows what it replaced. */
  #asItWas(prefix: string, revision: number): Entry[] {
    const entries = new Map<string, Entry>();
    for (const entry of this.#collections.get(collectionOf(prefix))?.range(prefix, undefined) ?? [])
      entries.set(entry.key, entry);
    for (const { key, previous } of this.#history.since(revision).toReversed()) {
      if (!key.startsWith(prefix)) continue;
      if (previous === undefined) entries.delete(key);
      else entries.set(key, previous);
    }
    return [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #collection(key: string): Collection {
    const name = collectionOf(key);
    const found = this.#collections.get(name) ?? new Collection();
    this.#collections.set(name, found);
    return found;
  }
}

const recordOf = ({ revision, key, entry }: Change): LogRecord => ({ revision, key, value: entry?.value });

import { Readable } from "node:stream";
import type { Change, Entry } from "../store/store.ts";
import { storedAs } from "./conversion.ts";
import type { Call, Core } from "./core.ts";
import { eventObject } from "./render.ts";
import { type ApiAnswer, JSON_TYPE } from "./request.ts";
import { type WatchStart, refuseFuture, tooOld, watchStart } from "./resource-version.ts";
import { type Selector, selectorOf } from "./select.ts";
import type { StatusError } from "./status.ts";
import { apiVersionOf, lastEntryOf, prefixOf } from "./stored.ts";

const BOOKMARK_MS = 60_000;
const DEFAULT_TIMEOUT_S = 30 * 60;
/** A client that is so many changes behind is cut off: it lists again. */
const MOST_WAITING = 20_000;

/** A stream of all changes from a revision on, one JSON object per line. */
export const watchObjects = (core: Core, call: Call): ApiAnswer => {
  const start = watchStart(call.request.query);
  const selector = selectorOf(call.request.query, call.type, call.name);
  if (start.sendInitialEvents !== true) refuseFuture(core.store, start.revision);
  const stream = new WatchStream(core, call, selector, start);
  call.request.signal.addEventListener("abort", () => stream.destroy(), { once: true });
  return { status: 200, headers: { "content-type": JSON_TYPE }, body: stream };
};

type EventType = "ADDED" | "MODIFIED" | "DELETED";

class WatchStream extends Readable {
  readonly #core: Core;
  readonly #call: Call;
  readonly #selector: Selector | undefined;
  #waiting: (() => string)[] = [];
  #next = 0;
  readonly #timers: NodeJS.Timeout[] = [];
  #unwatch: () => void = () => undefined;
  #flowing = false;
  #columns = true;
  /** How many objects there were at the beginning. */
  #initial = 0;
  #ending = false;

  constructor(core: Core, call: Call, selector: Selector | undefined, start: WatchStart) {
    super({ highWaterMark: 256 * 1024 });
    this.#core = core;
    this.#call = call;
    this.#selector = selector;
    const { store } = core;
    const prefix = prefixOf(storedAs(call.type), call.namespace);
    const { revision, sendInitialEvents } = start;
    const initial = sendInitialEvents ?? (revision === undefined || revision === 0);
    if (!initial && revision !== undefined && revision < store.compacted) {
      this.#refuse(tooOld(revision, store.compacted));
      return;
    }
    if (initial) {
      const { entries } = store.range(prefix);
      this.#initial = entries.length;
      for (const entry of entries) this.#queueEntry("ADDED", entry);
      if (sendInitialEvents === true) this.#queue(() => this.#bookmark({ "k8s.io/initial-events-end": "true" }));
    }
    const from = initial || revision === undefined || revision === 0 ? store.revision : revision;
    this.#unwatch = store.watch(prefix, from, (change) => this.#onChange(change));
    this.#startTimers(start);
  }

  override _read(): void {
    this.#flowing = true;
    this.#drain();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#unwatch();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#waiting = [];
    done(error);
  }

  #startTimers({ bookmarks, timeoutSeconds = DEFAULT_TIMEOUT_S }: WatchStart): void {
    if (bookmarks) {
      const timer = setInterval(() => this.#queue(() => this.#bookmark()), BOOKMARK_MS);
      this.#timers.push(timer.unref());
    }
    const end = setTimeout(
      () => {
        if (bookmarks) this.#queue(() => this.#bookmark());
        this.#end();
      },
      Math.max(1, timeoutSeconds) * 1000,
    );
    this.#timers.push(end.unref());
  }

  #onChange(change: Change): void {
    if (this.#waiting.length - this.#next > MOST_WAITING + this.#initial) {
      this.destroy();
      return;
    }
    const { entry, previous } = change;
    const isIn = entry !== undefined && this.#isMeant(entry);
    const wasIn = previous !== undefined && this.#isMeant(previous);
    if (entry !== undefined && isIn) this.#queueEntry(wasIn ? "MODIFIED" : "ADDED", entry);
    else if (wasIn) {
      // It is gone, or it has left what is watched: told with what was last seen of it, at the revision of the change.
      const last = entry === undefined ? lastEntryOf(change) : { ...previous, revision: change.revision };
      if (last !== undefined) this.#queueEntry("DELETED", last, entry === undefined ? undefined : change.revision);
    }
  }

  #isMeant(entry: Entry): boolean {
    return this.#selector?.(entry) ?? true;
  }

  #queueEntry(type: EventType, entry: Entry, revision?: number): void {
    if (type === "ADDED" && this.#selector?.(entry) === false) return;
    this.#queue(() => {
      const columns = this.#columns;
      this.#columns = false;
      const text = eventObject(this.#core, this.#call, entry, columns);
      return `{"type":"${type}","object":${revision === undefined ? text : withRevision(text, revision)}}\n`;
    });
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): string {
    const { type } = this.#call;
    const resourceVersion = String(this.#core.store.revision);
    const metadata = { resourceVersion, ...(annotations === undefined ? {} : { annotations }) };
    const object = { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
    return `${JSON.stringify({ type: "BOOKMARK", object })}\n`;
  }

  #refuse({ status }: StatusError): void {
    this.#queue(() => `${JSON.stringify({ type: "ERROR", object: status })}\n`);
    this.#end();
  }

  #queue(event: () => string): void {
    if (this.#ending || this.destroyed) return;
    this.#waiting.push(event);
    if (this.#flowing) this.#drain();
  }

  #drain(): void {
    while (this.#flowing && this.#next < this.#waiting.length) {
      const text = this.#waiting[this.#next++]?.() ?? "";
      this.#flowing = this.push(text);
    }
    if (this.#next < this.#waiting.length) return;
    this.#waiting = [];
    this.#next = 0;
    if (this.#ending) this.push(null);
  }

  #end(): void {
    this.#unwatch();
    this.#ending = true;
    if (this.#flowing) this.#drain();
  }
}

const withRevision = (text: string, revision: number): string => {
  const object = JSON.parse(text) as { metadata: { resourceVersion?: string } };
  object.metadata.resourceVersion = String(revision);
  return JSON.stringify(object);
};

import { hash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { linkAbort } from "../../lib/deadline.ts";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { type DigestCache, digestCache } from "./digest-cache.ts";
import { watchDirectory, type WatchDirectory } from "./directory-watch.ts";
import { isGone } from "./entry.ts";
import { findRepository, indexLock } from "./git-repository.ts";
import { entryPath, type KnownDirectory, UNREAD, withInner } from "./known-tree.ts";
import type { TreeRules } from "./rules.ts";
import { type Pace, Settling } from "./settling.ts";
import { TreeMirror } from "./tree-mirror.ts";
import type { Trouble } from "./trouble.ts";
import { Watches } from "./watches.ts";

export interface SourceChange {
  /** From the folder, with "/". */
  readonly path: string;
  /** What is there now: a new or other file or link, or nothing (any more) that belongs to the tree. */
  readonly kind: "written" | "removed";
  /** True for a file that was not there before. */
  readonly isNew?: boolean | undefined;
}

export interface SourceBatch {
  /** By path, each once. Never empty. */
  readonly changes: readonly SourceChange[];
  /** When the first event of the batch came, ms since the epoch. */
  readonly observedAt: number;
  /** From that event until the batch was given, ms. */
  readonly watchMs: number;
}

export interface WatchOptions {
  readonly folder: string;
  readonly rules: TreeRules;
  readonly onBatch: (batch: SourceBatch) => void;
  readonly onTrouble: (trouble: Trouble) => void;
  /** Ends the watch, as `close` does. */
  readonly signal?: AbortSignal | undefined;
  /** How long nothing may happen before one save is given, ms; bursts get four times as long. Default 20. */
  readonly settleMs?: number | undefined;
  /** Shared with `digestTree`: what was read for a digest is not read again. */
  readonly cache?: DigestCache | undefined;
  readonly clock?: Clock | undefined;
  readonly watchDirectory?: WatchDirectory | undefined;
}

export interface SourceWatcher extends AsyncDisposable {
  /** Resolves when all files have been read once: from then on no save without a change makes a batch. */
  readonly readAhead: Promise<void>;
  /** Paths of the tree as last seen, and what makes each the same file as before ("" when it was not read yet). */
  readonly files: () => ReadonlyMap<string, string>;
  /** "polling" once the system had no more watches; `watches` counts those held, also above the folder. */
  readonly state: () => { readonly mode: "events" | "polling"; readonly watches: number };
  /** Ends watches and timers; nothing is told after it was called. */
  readonly close: () => Promise<void>;
}

/**
 * Tells what changes in a source tree, in batches. One watch per directory that belongs to the tree; an event only says
 * where to look, and a change is one when kind, permissions or content differ from what was known. Resolves when the
 * watch stands: every change after that is told. Rejects when the folder is not there.
 */
export const watchSource = async (options: WatchOptions): Promise<SourceWatcher> => {
  const watcher = new Watcher(options);
  try {
    await watcher.start();
  } catch (error) {
    await watcher.close();
    throw isGone(error) ? noFolder(options.folder, error) : error;
  }
  return watcher;
};

const noFolder = (folder: string, cause: unknown): ChoreoError =>
  new ChoreoError("E_NOT_FOUND", `there is no source folder ${folder}`, {
    fix: "correct the path of the component, or create the folder",
    cause,
  });

class Watcher implements SourceWatcher {
  readonly #options: WatchOptions;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #mirror: TreeMirror;
  readonly #watches: Watches;
  readonly #settling: Settling;
  readonly #ended = new AbortController();
  readonly #unlink: () => void;
  readonly #denied = new Set<string>();
  /** What events said, not looked at yet. */
  #dirty = new Map<KnownDirectory, Set<string>>();
  /** Directories to look at whole, with all below. */
  #stale = new Set<KnownDirectory>();
  #looking = false;
  #lookMs = 0;
  #failing = false;
  #rootId: string | undefined;
  #seen = "";
  #running: Promise<unknown> = Promise.resolve();
  #readAhead: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#folder = path.resolve(options.folder);
    this.#clock = options.clock ?? systemClock;
    this.#unlink = linkAbort(options.signal, this.#ended);
    this.#settling = new Settling(options.settleMs ?? 20, this.#clock, this.#ended.signal);
    this.#watches = new Watches({
      folder: this.#folder,
      watchDirectory: options.watchDirectory ?? watchDirectory,
      onEvent: (directory, name) => this.#onEvent(directory, name),
      onStale: (directory) => this.#onStale(directory ?? this.#mirror.root),
      onTrouble: (trouble) => this.#tell(trouble),
    });
    this.#mirror = new TreeMirror({
      folder: this.#folder,
      rules: options.rules,
      cache: options.cache ?? digestCache(),
      onEnter: (directory) => this.#watches.open(directory),
      onLeave: (directory) => this.#watches.close(directory),
      onDenied: (where) => this.#onDenied(where),
    });
  }

  get readAhead(): Promise<void> {
    return this.#readAhead;
  }

  readonly files = (): ReadonlyMap<string, string> => {
    const files = new Map<string, string>();
    for (const directory of withInner(this.#mirror.root))
      for (const [name, identity] of directory.files) files.set(entryPath(directory, name), identity);
    return files;
  };

  readonly state = (): { readonly mode: "events" | "polling"; readonly watches: number } => ({
    mode: this.#watches.polling ? "polling" : "events",
    watches: this.#watches.count,
  });

  readonly close = async (): Promise<void> => {
    this.#ended.abort();
    this.#unlink();
    this.#watches.closeAll();
    await Promise.allSettled([this.#running, this.#readAhead]);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async start(): Promise<void> {
    this.#ended.signal.throwIfAborted();
    this.#rootId = await identityOfFolder(this.#folder);
    await this.#mirror.learn();
    this.#watches.watchOutside(this.#options.rules.outside);
    this.#ended.signal.throwIfAborted();
    this.#ended.signal.addEventListener("abort", () => this.#watches.closeAll(), { once: true });
    const isQuiet = (directory: KnownDirectory, name: string): boolean =>
      !this.#looking && this.#stale.size === 0 && this.#dirty.get(directory)?.has(name) !== true;
    const read = async (): Promise<void> => await this.#mirror.readAhead(isQuiet, this.#ended.signal);
    // Without events only contents tell: what is not read by now would not be missed.
    if (this.#watches.polling) await read();
    else this.#readAhead = read();
    this.#running = Promise.all([this.#batches(), this.#heartbeat()]).catch((error: unknown) => {
      if (!this.#ended.signal.aborted) throw error;
    });
  }

  #onEvent(directory: KnownDirectory, name: string | undefined): void {
    if (directory.gone || this.#ended.signal.aborted) return;
    const { rules } = directory;
    if (name === undefined || rules === undefined || rules.comesFrom(name)) return this.#onStale(directory);
    // A look that is under way may have listed the directory already and still have to read the rules that do not ignore it.
    if (!this.#looking && rules.ignores(name, false) && rules.ignores(name, true)) return;
    const names = this.#dirty.get(directory) ?? new Set();
    this.#dirty.set(directory, names.add(name));
    this.#settling.onEvent(entryPath(directory, name));
    // The system drops events when they are not fetched in time, and does not tell us.
    if (this.#settling.events > MANY_EVENTS) this.#stale.add(this.#mirror.root);
  }

  #onStale(directory: KnownDirectory): void {
    if (directory.gone || this.#ended.signal.aborted) return;
    this.#stale.add(directory);
    this.#settling.onEvent(undefined);
  }

  async #batches(): Promise<void> {
    for (;;) {
      if (this.#watches.polling) await this.#untilPoll();
      else await this.#settling.untilEvent();
      await this.#settling.untilSettled({
        look: async () => await this.#look(),
        isBusy: async () => await this.#gitIsBusy(),
      });
      this.#give(this.#settling.isCapped);
      this.#settling.restart(this.#dirty.size + this.#stale.size + this.#mirror.unsettled.size > 0);
    }
  }

  /** Looks at everything that events named, and says what to expect of it. */
  async #look(): Promise<Pace> {
    const began = this.#clock.monotonic();
    this.#looking = true;
    while (!(await this.#lookOnce())) this.#stale.add(this.#mirror.root);
    this.#looking = false;
    this.#lookMs = this.#clock.monotonic() - began;
    if (this.#watches.polling && this.#hasMoved()) this.#stale.add(this.#mirror.root);
    return { more: this.#dirty.size + this.#stale.size > 0, burst: this.#isBurst() };
  }

  /** False when it has to be done again, from the top. */
  async #lookOnce(): Promise<boolean> {
    try {
      const isAnother = await this.#isAnotherFolder();
      const [dirty, stale] = [this.#dirty, this.#stale];
      this.#dirty = new Map();
      this.#stale = new Set();
      if (isAnother) stale.add(this.#mirror.root);
      for (const directory of stale) await this.#mirror.enter(directory);
      for (const [directory, names] of dirty) await this.#mirror.check(directory, names);
      if (stale.size > 0) this.#watches.watchOutside(this.#options.rules.outside);
      this.#failing = false;
      return true;
    } catch (error) {
      this.#ended.signal.throwIfAborted();
      if (!isGone(error)) await this.#fails(error);
      return false;
    }
  }

  /** Without events, what is the same at two looks in a row is complete. */
  #hasMoved(): boolean {
    const seen = [...this.#mirror.unsettled.keys()].map((file) => `${file}\0${this.#mirror.now(file)}`).join("\0");
    const moved = seen !== this.#seen;
    this.#seen = seen;
    return moved;
  }

  /**
   * Many at once; a file that is gone or empty, which editors that replace files leave behind for a moment; or a new one, which
   * may be what they write into before that.
   */
  #isBurst(): boolean {
    const { unsettled } = this.#mirror;
    if (unsettled.size > MANY_FILES) return true;
    for (const [file, before] of unsettled) {
      const now = this.#mirror.now(file);
      if (before === undefined ? now !== undefined : isNothing(now) && !isNothing(before)) return true;
    }
    return false;
  }

  /** Gives what has changed; when time was up, without files that are still being written. */
  #give(capped: boolean): void {
    const changes: SourceChange[] = [];
    for (const [file, before] of [...this.#mirror.unsettled]) {
      if (capped && this.#settling.isHot(file)) continue;
      this.#mirror.settle(file);
      const now = this.#mirror.now(file);
      if (now === undefined && before !== undefined) changes.push({ path: file, kind: "removed" });
      const isNew = before === undefined ? { isNew: true } : {};
      if (now !== undefined && (now !== before || now === UNREAD))
        changes.push({ path: file, kind: "written", ...isNew });
    }
    if (changes.length === 0 || this.#ended.signal.aborted) return;
    changes.sort((a, b) => (a.path < b.path ? -1 : 1));
    this.#options.onBatch({ changes, ...this.#settling.times() });
  }

  /** A lock that has been there for long was left behind by a git that was killed. */
  async #gitIsBusy(): Promise<boolean> {
    const repository = await findRepository(this.#folder);
    if (repository === undefined) return false;
    return await stat(indexLock(repository)).then(
      ({ mtimeMs }) => Math.abs(this.#clock.now() - mtimeMs) < GIT_LOCK_MS,
      () => false,
    );
  }

  /**
   * Waits while the folder is not there: its files are not told as removed meanwhile. Whether what is there now is
   * another folder of the same name.
   */
  async #isAnotherFolder(): Promise<boolean> {
    let id = await identityOfFolder(this.#folder);
    const gone = id === undefined;
    if (gone) this.#tell({ kind: "folder-gone", message: `${this.#folder} is gone: waiting for it` });
    while (id === undefined) {
      await this.#clock.sleep(GONE_POLL_MS, this.#ended.signal);
      id = await identityOfFolder(this.#folder);
    }
    if (gone) this.#tell({ kind: "folder-back", message: `${this.#folder} is back` });
    const another = gone || id !== this.#rootId;
    this.#rootId = id;
    return another;
  }

  async #fails(error: unknown): Promise<void> {
    const message = `${this.#folder} cannot be read, trying again: ${messageOf(error)}`;
    if (!this.#failing) this.#tell({ kind: "failing", message });
    this.#failing = true;
    await this.#clock.sleep(FAILING_POLL_MS, this.#ended.signal);
  }

  /** No event tells that a folder above ours was moved or replaced. */
  async #heartbeat(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(HEARTBEAT_MS, this.#ended.signal);
      if ((await identityOfFolder(this.#folder)) !== this.#rootId) this.#onStale(this.#mirror.root);
    }
  }

  async #untilPoll(): Promise<void> {
    await this.#clock.sleep(Math.max(POLL_MS, this.#lookMs * POLL_SHARE), this.#ended.signal);
    this.#onStale(this.#mirror.root);
  }

  #onDenied(where: string): void {
    if (this.#denied.has(where)) return;
    this.#denied.add(where);
    this.#tell({
      kind: "denied",
      message: `${path.join(this.#folder, where)} may not be read: changes in it are not seen`,
      fix: "make it readable, or put it in .gitignore",
    });
  }

  #tell(trouble: Trouble): void {
    if (!this.#ended.signal.aborted) this.#options.onTrouble(trouble);
  }
}

/** Another folder under the same name has another one; undefined when there is none. */
const identityOfFolder = async (folder: string): Promise<string | undefined> => {
  const stats = await stat(folder).catch(() => undefined);
  return stats?.isDirectory() === true ? `${stats.dev} ${stats.ino} ${stats.birthtimeMs}` : undefined;
};

/** Whether a file is not there or has no content. */
const isNothing = (identity: string | undefined): boolean =>
  identity === undefined || identity.endsWith(` ${DIGEST_OF_NOTHING}`);

const DIGEST_OF_NOTHING = hash("sha256", "", "base64url");

/** From here on it is no single save. */
const MANY_FILES = 10;
/** An eighth of the events that Linux keeps for a process that does not fetch them. */
const MANY_EVENTS = 2048;
const GIT_LOCK_MS = 10_000;
const GONE_POLL_MS = 250;
const FAILING_POLL_MS = 1000;
const HEARTBEAT_MS = 2000;
const POLL_MS = 500;
/** Polling takes a tenth of the time at most. */
const POLL_SHARE = 10;

import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { forEachAtOnce } from "./concurrency.ts";
import type { DigestCache } from "./digest-cache.ts";
import { codeOf, type EntryStats, isDenied, isGone, kindOf, look } from "./entry.ts";
import {
  entryPath,
  type Identity,
  identityAt,
  type KnownDirectory,
  newDirectory,
  pathOf,
  UNREAD,
  withInner,
} from "./known-tree.ts";
import type { TreeRules } from "./rules.ts";
import { slices } from "./slices.ts";

export interface MirrorOptions {
  readonly folder: string;
  readonly rules: TreeRules;
  readonly cache: DigestCache;
  /** Gives the directory a watch; called before it is read, each time it is entered. */
  readonly onEnter: (directory: KnownDirectory) => void;
  readonly onLeave: (directory: KnownDirectory) => void;
  readonly onDenied: (path: string) => void;
}

/**
 * What is known of a tree, and since the last {@link TreeMirror.settle} which of it was different before. It never
 * looks by itself: it is told where, and compares what is there with what it knows. One call at a time.
 */
export class TreeMirror {
  readonly root = newDirectory("");
  readonly #options: MirrorOptions;
  /** What files were before they changed, undefined for those that were not there. */
  readonly #before = new Map<string, Identity | undefined>();
  /** Files that changed before this and were not read are taken as unchanged; ms since the epoch. */
  readonly #since = Date.now();
  #learning = true;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /** The first look: everything that is found counts as known. Files are not read yet. */
  async learn(): Promise<void> {
    await this.#enter([this.root]);
    this.#learning = false;
  }

  /** Looks at a directory and all below it, with rules and watches made anew. */
  async enter(directory: KnownDirectory): Promise<void> {
    if (!directory.gone) await this.#enter([directory]);
  }

  /** Looks at entries of a directory that something happened to. */
  async check(directory: KnownDirectory, names: Iterable<string>): Promise<void> {
    for (const name of names) {
      if (directory.gone) return;
      await this.#checkEntry(directory, name);
    }
  }

  /** Paths that may be different from what they were. */
  get unsettled(): ReadonlyMap<string, Identity | undefined> {
    return this.#before;
  }

  now(file: string): Identity | undefined {
    return identityAt(this.root, file);
  }

  /** From here on, what a path is now is what it was. */
  settle(file: string): void {
    this.#before.delete(file);
  }

  /**
   * Reads files that were never read, so that a later save of the same content is known as such. `isQuiet` says
   * whether nothing is known to have happened to a file since the first look: otherwise it stays unread.
   */
  async readAhead(isQuiet: (directory: KnownDirectory, name: string) => boolean, signal: AbortSignal): Promise<void> {
    const pause = slices();
    for (const directory of [...withInner(this.root)]) {
      const read: [string, Identity][] = [];
      for (const [name, identity] of directory.files) {
        if (signal.aborted) return;
        if (identity !== UNREAD) continue;
        const now = await this.#identify(entryPath(directory, name)).catch(() => undefined);
        if (now !== undefined) read.push([name, now]);
        await pause();
      }
      if (read.length === 0) continue;
      // Two turns of the event loop: what happened before we looked has been told by then.
      await turn();
      await turn();
      for (const [name, identity] of read) {
        const still = !directory.gone && directory.files.get(name) === UNREAD;
        if (still && !this.#before.has(entryPath(directory, name)) && isQuiet(directory, name))
          directory.files.set(name, identity);
      }
    }
  }

  async #checkEntry(directory: KnownDirectory, name: string): Promise<void> {
    const found = look(this.#absolute(entryPath(directory, name)));
    const isDirectory = found === "directory";
    if (found === undefined || directory.rules?.ignores(name, isDirectory) !== false) {
      this.#dropFile(directory, name);
      this.#dropDirectory(directory, name);
    } else if (isDirectory) {
      this.#dropFile(directory, name);
      await this.#enter([this.#directoryIn(directory, name)]);
    } else {
      this.#dropDirectory(directory, name);
      await this.#compareFile(directory, name, true);
    }
  }

  async #enter(directories: readonly KnownDirectory[]): Promise<void> {
    const known: { readonly directory: KnownDirectory; readonly name: string }[] = [];
    let level = directories;
    while (level.length > 0) {
      const next: KnownDirectory[] = [];
      await forEachAtOnce(level, AT_ONCE, async (directory) => {
        const { inner, files } = await this.#list(directory);
        next.push(...inner);
        known.push(...files.map((name) => ({ directory, name })));
      });
      level = next;
    }
    if (this.#learning) return;
    const pause = slices();
    for (const { directory, name } of known) {
      await this.#compareFile(directory, name, false);
      await pause();
    }
  }

  /** Takes over the names in a directory; gives the directories in it and its files. */
  async #list(directory: KnownDirectory): Promise<{ readonly inner: KnownDirectory[]; readonly files: string[] }> {
    const empty = { inner: [], files: [] };
    if (directory.gone) return empty;
    this.#options.onEnter(directory);
    const entries = await this.#read(directory);
    if (entries === undefined || directory.gone) return empty;
    const { parent } = directory;
    // A parent without rules was never read, and then nothing in it is known.
    directory.rules =
      parent === undefined
        ? await this.#options.rules.open(entries)
        : await parent.rules?.enter(directory.name, entries);
    const files = new Set<string>();
    const inner = new Set<string>();
    for (const entry of entries) {
      const kind = kindOf(entry);
      if (kind === undefined || directory.rules?.ignores(entry.name, kind === "directory") !== false) continue;
      (kind === "directory" ? inner : files).add(entry.name);
    }
    for (const name of directory.files.keys()) if (!files.has(name)) this.#dropFile(directory, name);
    for (const name of directory.directories.keys()) if (!inner.has(name)) this.#dropDirectory(directory, name);
    if (this.#learning) for (const name of files) directory.files.set(name, UNREAD);
    return { inner: [...inner].map((name) => this.#directoryIn(directory, name)), files: [...files] };
  }

  /** Undefined when it is gone; one that may not be read counts as empty. */
  async #read(directory: KnownDirectory): Promise<readonly Dirent[] | undefined> {
    const at = pathOf(directory);
    try {
      return await readdir(this.#absolute(at), { withFileTypes: true });
    } catch (error) {
      if (isDenied(error)) {
        this.#options.onDenied(at);
        return [];
      }
      if (!isGone(error) || directory.parent === undefined) throw error;
      this.#dropDirectory(directory.parent, directory.name);
      return undefined;
    }
  }

  /** `told`: something happened to the file itself, so that one which was never read counts as changed. */
  async #compareFile(directory: KnownDirectory, name: string, told: boolean): Promise<void> {
    if (directory.gone) return;
    const file = entryPath(directory, name);
    const before = directory.files.get(name);
    const stats = look(this.#absolute(file));
    if (stats === undefined || stats === "directory") return this.#dropFile(directory, name);
    if (before === UNREAD && !told && stats.ctimeMs < this.#since - COARSEST_TICK_MS) return;
    const now = await this.#identify(file, stats);
    if (now === undefined) return this.#dropFile(directory, name);
    if (now === before) return;
    this.#note(file, before);
    directory.files.set(name, now);
  }

  async #identify(file: string, known?: EntryStats): Promise<Identity | undefined> {
    const absolute = this.#absolute(file);
    const stats = known ?? look(absolute);
    if (stats === undefined || stats === "directory") return undefined;
    if (stats.kind === "link") return `link ${stats.target}`;
    const mode = stats.mode.toString(8);
    try {
      return `${mode} ${await this.#options.cache.digest(absolute, stats)}`;
    } catch (error) {
      if (isGone(error)) return undefined;
      if (!isDenied(error)) throw error;
      return `${mode} ${codeOf(error)} ${stats.size} ${stats.mtimeMs}`;
    }
  }

  #directoryIn(parent: KnownDirectory, name: string): KnownDirectory {
    const known = parent.directories.get(name) ?? newDirectory(name, parent);
    parent.directories.set(name, known);
    return known;
  }

  #dropFile(directory: KnownDirectory, name: string): void {
    const before = directory.files.get(name);
    if (before === undefined) return;
    const file = entryPath(directory, name);
    this.#note(file, before);
    this.#options.cache.forget(this.#absolute(file));
    directory.files.delete(name);
  }

  #dropDirectory(parent: KnownDirectory, name: string): void {
    const directory = parent.directories.get(name);
    if (directory === undefined) return;
    for (const inner of withInner(directory)) {
      for (const file of inner.files.keys()) this.#dropFile(inner, file);
      inner.gone = true;
      this.#options.onLeave(inner);
    }
    parent.directories.delete(name);
  }

  /** A file can be different from before in more than one step; what it was before the first one counts. */
  #note(file: string, before: Identity | undefined): void {
    if (!this.#learning && !this.#before.has(file)) this.#before.set(file, before);
  }

  #absolute(file: string): string {
    return file === "" ? this.#options.folder : path.join(this.#options.folder, file);
  }
}

const AT_ONCE = 16;

/** Longest step of a file system's clock. */
const COARSEST_TICK_MS = 2000;

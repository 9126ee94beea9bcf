import path from "node:path";
import type { DirectoryWatch, WatchDirectory } from "./directory-watch.ts";
import { codeOf, isDenied, isGone } from "./entry.ts";
import { type KnownDirectory, pathOf } from "./known-tree.ts";
import { pollingTrouble, type Trouble } from "./trouble.ts";

export interface WatchesOptions {
  readonly folder: string;
  readonly watchDirectory: WatchDirectory;
  readonly onEvent: (directory: KnownDirectory, name: string | undefined) => void;
  /** A directory may have changed in any way; undefined: what the rules of the whole tree come from. */
  readonly onStale: (directory: KnownDirectory | undefined) => void;
  readonly onTrouble: (trouble: Trouble) => void;
}

/** The watches of a tree. When the system has no more of them all are given back, for good: the tree is polled then. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #open = new Set<DirectoryWatch>();
  readonly #outside = new Map<string, DirectoryWatch>();
  #polling = false;
  #closed = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  get polling(): boolean {
    return this.#polling;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Gives a directory a watch on what is at its path now. */
  open(directory: KnownDirectory): void {
    // The new one first: on the same directory the system counts both as one, and nothing is missed between them.
    const old = directory.watch;
    directory.watch = this.#watch(path.join(this.#options.folder, pathOf(directory)), {
      onEvent: (name) => this.#options.onEvent(directory, name),
      onEnd: () => {
        this.close(directory);
        this.#options.onStale(directory);
      },
    });
    this.#close(old);
  }

  close(directory: KnownDirectory): void {
    this.#close(directory.watch);
    directory.watch = undefined;
  }

  /** Watches files outside of the tree that its rules come from. */
  watchOutside(files: readonly string[]): void {
    const folders = groupByFolder(files);
    for (const [folder, watch] of this.#outside) {
      if (folders.has(folder)) continue;
      this.#close(watch);
      this.#outside.delete(folder);
    }
    for (const [folder, names] of folders) {
      if (this.#outside.has(folder)) continue;
      const watch = this.#watch(folder, {
        onEvent: (name) => {
          if (name === undefined || names.has(name)) this.#options.onStale(undefined);
        },
        onEnd: () => {
          this.#close(this.#outside.get(folder));
          this.#outside.delete(folder);
          this.#options.onStale(undefined);
        },
      });
      if (watch !== undefined) this.#outside.set(folder, watch);
    }
  }

  closeAll(): void {
    this.#closed = true;
    for (const watch of this.#open) watch.close();
    this.#open.clear();
  }

  #watch(folder: string, events: Parameters<WatchDirectory>[1]): DirectoryWatch | undefined {
    if (this.#polling || this.#closed) return undefined;
    try {
      const watch = this.#options.watchDirectory(folder, events);
      this.#open.add(watch);
      return watch;
    } catch (error) {
      // Reading it will tell.
      if (isGone(error) || isDenied(error)) return undefined;
      const { size } = this.#open;
      for (const watch of this.#open) this.#close(watch);
      this.#outside.clear();
      this.#polling = true;
      this.#options.onTrouble(pollingTrouble(this.#options.folder, codeOf(error), size));
      return undefined;
    }
  }

  #close(watch: DirectoryWatch | undefined): void {
    if (watch !== undefined && this.#open.delete(watch)) watch.close();
  }
}

const groupByFolder = (files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = path.dirname(file);
    folders.set(folder, (folders.get(folder) ?? new Set()).add(path.basename(file)));
  }
  return folders;
};

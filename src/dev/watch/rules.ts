import type { Dirent } from "node:fs";

/** Which entries of one directory belong to a tree. Made from the directory's own files, so it is asked after reading it. */
export interface DirectoryRules {
  /** Whether an entry is left out; for a directory: whether nothing below it can belong to the tree. */
  readonly ignores: (name: string, isDirectory: boolean) => boolean;
  /** Whether these rules, and those below, come from an entry of this name: when it changes they have to be made anew. */
  readonly comesFrom: (name: string) => boolean;
  /** Rules of a directory in this one, from the names that it holds. */
  readonly enter: (name: string, entries: readonly Dirent[]) => Promise<DirectoryRules>;
}

/** Which files below a folder belong to a tree, see `ignoreRules` and `imageRules`. */
export interface TreeRules {
  /** Rules of the folder itself. Reads files outside of it again at each call. */
  readonly open: (entries: readonly Dirent[]) => Promise<DirectoryRules>;
  /** Files outside of the folder that decide as well, absolute paths. They need not exist. */
  readonly outside: readonly string[];
}

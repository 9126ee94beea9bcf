import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { forEachAtOnce } from "./concurrency.ts";
import { type EntryKind, type EntryStats, isDenied, isGone, kindOf, look } from "./entry.ts";
import { slices } from "./slices.ts";
import type { DirectoryRules, TreeRules } from "./rules.ts";

export interface TreeEntry {
  /** From the folder, with "/". */
  readonly path: string;
  readonly kind: EntryKind;
}

export type StatedEntry = TreeEntry & EntryStats;

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of directories that may not be read: they count as empty. */
  readonly onDenied?: ((path: string) => void) | undefined;
}

/**
 * Every file and link below a folder that belongs to the tree, in no order. Directories that are ignored are not
 * entered, links are not followed, what vanishes meanwhile is left out. Rejects when the folder itself cannot be read.
 */
export const scanTree = async (folder: string, rules: TreeRules, options: ScanOptions = {}): Promise<TreeEntry[]> => {
  const found: TreeEntry[] = [];
  const scan = { folder, found, onDenied: options.onDenied };
  const entries = await readdir(folder, { withFileTypes: true });
  let level = take(scan, "", entries, await rules.open(entries));
  while (level.length > 0) {
    const next: Pending[] = [];
    await forEachAtOnce(level, AT_ONCE, async (pending) => {
      options.signal?.throwIfAborted();
      next.push(...(await enter(scan, pending)));
    });
    level = next;
  }
  return found;
};

/** As {@link scanTree}, with size, mode, times and link targets, which take four times as long to get. */
export const scanStats = async (
  folder: string,
  rules: TreeRules,
  options: ScanOptions = {},
): Promise<StatedEntry[]> => {
  const entries = await scanTree(folder, rules, options);
  const pause = slices();
  const stated: StatedEntry[] = [];
  for (const { path: relative } of entries) {
    const stats = look(path.join(folder, relative));
    if (stats !== undefined && stats !== "directory") stated.push({ path: relative, ...stats });
    await pause();
    options.signal?.throwIfAborted();
  }
  return stated;
};

/** Enough to keep Node's four threads for files busy. */
const AT_ONCE = 16;

interface Scan {
  readonly folder: string;
  readonly found: TreeEntry[];
  readonly onDenied: ((path: string) => void) | undefined;
}

/** A directory that is still to be read. */
interface Pending {
  readonly path: string;
  readonly name: string;
  readonly above: DirectoryRules;
}

const enter = async (scan: Scan, pending: Pending): Promise<Pending[]> => {
  try {
    const entries = await readdir(path.join(scan.folder, pending.path), { withFileTypes: true });
    return take(scan, `${pending.path}/`, entries, await pending.above.enter(pending.name, entries));
  } catch (error) {
    if (isDenied(error)) scan.onDenied?.(pending.path);
    else if (!isGone(error)) throw error;
    return [];
  }
};

/** Keeps a directory's files and gives its directories. */
const take = (scan: Scan, prefix: string, entries: readonly Dirent[], rules: DirectoryRules): Pending[] => {
  const directories: Pending[] = [];
  for (const entry of entries) {
    const kind = kindOf(entry);
    if (kind === undefined || rules.ignores(entry.name, kind === "directory")) continue;
    if (kind === "directory") directories.push({ path: prefix + entry.name, name: entry.name, above: rules });
    else scan.found.push({ path: prefix + entry.name, kind });
  }
  return directories;
};

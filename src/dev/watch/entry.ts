import { type Dirent, lstatSync, readlinkSync, type Stats } from "node:fs";

/** What a tree is made of: links are kept as links. Sockets, pipes and devices are no part of a tree. */
export type EntryKind = "file" | "link";

export interface EntryStats {
  readonly kind: EntryKind;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Whether the owner may execute it. */
  readonly executable: boolean;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  /** What a link says, as it is written there. */
  readonly target?: string;
}

/** Kind of a directory's entry, undefined for what a tree does not hold. */
export const kindOf = (entry: Dirent | Stats): EntryKind | "directory" | undefined => {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : undefined;
};

/** What is at a path now, or undefined when nothing is there that a tree can hold. Never follows a link. */
export const look = (file: string): EntryStats | "directory" | undefined => {
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    const kind = stats === undefined ? undefined : kindOf(stats);
    if (stats === undefined || kind === undefined) return undefined;
    if (kind === "directory") return "directory";
    return {
      kind,
      size: stats.size,
      mode: stats.mode & 0o7777,
      executable: (stats.mode & 0o100) !== 0,
      mtimeMs: stats.mtimeMs,
      ctimeMs: stats.ctimeMs,
      ino: stats.ino,
      ...(kind === "link" ? { target: readlinkSync(file) } : {}),
    };
  } catch (error) {
    // A folder on the way to it may be closed to us, as it may be gone.
    if (isGone(error) || isDenied(error)) return undefined;
    throw error;
  }
};

/** Whether an error says that a path, or a folder on the way to it, is not there (any more). */
export const isGone = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR", "ELOOP", "EINVAL"].includes(codeOf(error) ?? "");

export const isDenied = (error: unknown): boolean => ["EACCES", "EPERM"].includes(codeOf(error) ?? "");

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

import { createHash } from "node:crypto";
import path from "node:path";
import { type DigestCache, digestCache } from "./digest-cache.ts";
import { isGone, look } from "./entry.ts";
import type { TreeRules } from "./rules.ts";
import { scanStats, type StatedEntry } from "./scan.ts";
import { slices } from "./slices.ts";

export interface DigestOptions {
  readonly folder: string;
  readonly rules: TreeRules;
  /** Shared by all digests and watches of a process: a file that has not changed is read once. */
  readonly cache?: DigestCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TreeDigest {
  /** `sha256:` and 64 digits: the same for trees of the same paths, kinds, contents, link targets and executable bits. */
  readonly digest: string;
  readonly files: number;
  /** Sum of the files' sizes, bytes. */
  readonly bytes: number;
  /** Files whose content had to be read. */
  readonly read: number;
}

/** Digest of all that belongs to a tree. Times, owners and the other permissions do not count. */
export const digestTree = async (options: DigestOptions): Promise<TreeDigest> => {
  const { cache = digestCache() } = options;
  const readBefore = cache.reads();
  const digest = createHash("sha256");
  let files = 0;
  let bytes = 0;
  for await (const { path: file, size, letter, content } of treeContents({ ...options, cache })) {
    digest.update(`${letter}\0${file}\0${content}\0`);
    files++;
    bytes += size;
  }
  return { digest: `sha256:${digest.digest("hex")}`, files, bytes, read: cache.reads() - readBefore };
};

/** What belongs to a tree: a text per path that is another one when the file is. */
export const treeRecord = async (options: DigestOptions): Promise<Record<string, string>> => {
  const record: Record<string, string> = {};
  for await (const { path: file, letter, content } of treeContents(options)) record[file] = `${letter} ${content}`;
  return record;
};

/** The text of one path in a record; undefined when nothing is there. */
export const recordEntry = async (folder: string, file: string, cache: DigestCache): Promise<string | undefined> => {
  const stats = look(path.join(folder, file));
  if (stats === undefined || stats === "directory") return undefined;
  const entry = { path: file, ...stats };
  const content = await contentOf(path.join(folder, file), entry, cache);
  return content === undefined ? undefined : `${kindLetter(entry)} ${content}`;
};

interface Content {
  readonly path: string;
  readonly size: number;
  /** Link, executable or plain file. */
  readonly letter: string;
  /** Digest, or what the link says. */
  readonly content: string;
}

async function* treeContents({ folder, rules, cache = digestCache(), signal }: DigestOptions): AsyncGenerator<Content> {
  const entries = await scanStats(folder, rules, { signal });
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const pause = slices();
  for (const entry of entries) {
    const content = await contentOf(path.join(folder, entry.path), entry, cache);
    if (content === undefined) continue;
    yield { path: entry.path, size: entry.size, letter: kindLetter(entry), content };
    await pause();
    signal?.throwIfAborted();
  }
}

const kindLetter = ({ kind, executable }: StatedEntry): string => {
  if (kind === "link") return "l";
  return executable ? "x" : "f";
};

/** Undefined when the file went away since the scan. */
const contentOf = async (file: string, entry: StatedEntry, cache: DigestCache): Promise<string | undefined> => {
  try {
    return entry.target ?? (await cache.digest(file, entry));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
};

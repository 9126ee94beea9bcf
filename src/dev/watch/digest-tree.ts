import { createHash } from "node:crypto";
import path from "node:path";
import { type DigestCache, digestCache } from "./digest-cache.ts";
import { isGone } from "./entry.ts";
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
  const { folder, rules, cache = digestCache(), signal } = options;
  const entries = await scanStats(folder, rules, { signal });
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const readBefore = cache.reads();
  const digest = createHash("sha256");
  const pause = slices();
  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    const content = await contentOf(path.join(folder, entry.path), entry, cache);
    if (content === undefined) continue;
    digest.update(`${kindLetter(entry)}\0${entry.path}\0${content}\0`);
    files++;
    bytes += entry.size;
    await pause();
    signal?.throwIfAborted();
  }
  return { digest: `sha256:${digest.digest("hex")}`, files, bytes, read: cache.reads() - readBefore };
};

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

import { hash, createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type EntryStats, look } from "./entry.ts";

/** Remembers the content's digest of files that have not changed since it was read. */
export interface DigestCache {
  /**
   * SHA-256 of a file's content, base64url; `stats` are those of just now. Reads the file unless it was read before
   * with the same size, times and inode, and was then old enough that a later write shows in its times.
   */
  readonly digest: (file: string, stats: EntryStats) => string | Promise<string>;
  /** Contents read so far. */
  readonly reads: () => number;
  readonly forget: (file: string) => void;
}

export const digestCache = (): DigestCache => {
  const known = new Map<string, Remembered>();
  let reads = 0;
  return {
    digest: (file, stats) => {
      const before = known.get(file);
      if (before !== undefined && before.signature === signatureOf(stats) && !isRacy(stats, before.readAt))
        return before.digest;
      reads++;
      const readAt = Date.now();
      const remember = (digest: string): string => {
        const after = look(file);
        // Written while it was read: what we have may be half of each.
        if (after === undefined || after === "directory" || signatureOf(after) !== signatureOf(stats))
          known.delete(file);
        else known.set(file, { signature: signatureOf(stats), digest, readAt });
        return digest;
      };
      if (stats.size > LARGE) return digestOfLarge(file).then(remember);
      return remember(hash("sha256", readFileSync(file), "base64url"));
    },
    reads: () => reads,
    forget: (file) => void known.delete(file),
  };
};

interface Remembered {
  readonly signature: string;
  readonly digest: string;
  /** ms since the epoch. */
  readonly readAt: number;
}

/**
 * Whether a file was so fresh when it was read that another write of the same length need not have moved its times:
 * file systems stamp with the last tick of the clock, some with whole or even seconds. The time of change counts, as
 * nobody can set that one.
 */
export const isRacy = ({ ctimeMs }: Pick<EntryStats, "ctimeMs">, readAt: number): boolean =>
  ctimeMs + (ctimeMs % 1000 === 0 ? 2000 : 20) >= readAt;

const signatureOf = ({ size, mtimeMs, ctimeMs, ino }: EntryStats): string => `${size} ${mtimeMs} ${ctimeMs} ${ino}`;

/** Bytes from which reading in one go would be felt by others. */
const LARGE = 512 * 1024;

const digestOfLarge = async (file: string): Promise<string> => {
  const digest = createHash("sha256");
  await pipeline(createReadStream(file), digest);
  return digest.digest("base64url");
};

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { ChoreoError } from "../lib/errors.ts";

/** A file or link of a source tree. */
export interface SourceFile {
  /** From the folder, with "/". */
  readonly path: string;
  readonly kind: "file" | "link";
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
  /** What a link says. */
  readonly target?: string;
}

/** A source tree as one file on disk. */
export interface PackedSource {
  readonly file: string;
  /** `sha256:` of the file; the same for the same paths, contents, links and executable bits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Removes the file. */
  discard(): Promise<void>;
}

/**
 * Packs the files of a folder into a tar file that depends on nothing but them: sorted, without times and owners. It is not
 * compressed, since it does not leave the machine. Throws E_SOURCE for a link that leaves the folder.
 */
export const packSource = async (folder: string, files: readonly SourceFile[]): Promise<PackedSource> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-dev-source-"));
  const file = path.join(dir, "source.tar");
  const discard = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const hash = createHash("sha256");
    let size = 0;
    const counted = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        size += chunk.length;
        done(undefined, chunk);
      },
    });
    const tar = pack();
    const written = pipeline(tar, counted, createWriteStream(file, { mode: 0o600 }));
    await Promise.all([written, addAll(tar, folder, files)]);
    return { file, digest: `sha256:${hash.digest("hex")}`, size, discard };
  } catch (error) {
    await discard();
    throw error;
  }
};

const addAll = async (tar: Pack, folder: string, files: readonly SourceFile[]): Promise<void> => {
  try {
    for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) await add(tar, folder, file);
    tar.finalize();
  } catch (error) {
    tar.destroy(error as Error);
    throw error;
  }
};

const EPOCH = new Date(0);

const add = async (
  tar: Pack,
  folder: string,
  { path: name, kind, size, executable, target }: SourceFile,
): Promise<void> => {
  const common = { name, mtime: EPOCH, uid: 0, gid: 0, mode: executable ? 0o755 : 0o644 };
  if (kind === "link") {
    checkLink(folder, name, target ?? "");
    tar.entry({ ...common, mode: 0o777, type: "symlink", linkname: target ?? "" });
    return;
  }
  const entry = tar.entry({ ...common, size });
  // A file that grew meanwhile is cut, one that shrank is an error: the next build sees it whole.
  const content = size === 0 ? [] : createReadStream(path.join(folder, name), { end: size - 1 });
  await pipeline(content, entry).catch((error: unknown) => {
    throw new ChoreoError("E_SOURCE", `${path.join(folder, name)} could not be read`, {
      cause: error,
      fix: "try again: it may have changed meanwhile",
    });
  });
};

const checkLink = (folder: string, name: string, target: string): void => {
  const seen = path.posix.normalize(path.posix.join(path.posix.dirname(name), target));
  if (!path.posix.isAbsolute(target) && seen !== ".." && !seen.startsWith("../")) return;
  throw new ChoreoError("E_SOURCE", `${path.join(folder, name)} is a link that leaves the source`, {
    why: `it leads to ${target}, which a build cannot see`,
    fix: "replace it by what it leads to, or put it into .gitignore",
  });
};

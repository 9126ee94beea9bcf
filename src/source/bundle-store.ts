import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, readdir, readlink, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { exists } from "../lib/fs.ts";
import type { PushedSource } from "./artifact.ts";
import type { PackedSource } from "./pack.ts";

/**
 * Where builds keep their things on an engine without images, below one folder of the platform: `sources` (packed working
 * trees), `work` (a folder per build that runs) and `bundles` (what builds made). Sources and bundles are named by their content.
 */
export const sourceFile = (builds: string, digest: string): string =>
  path.join(builds, "sources", `${hexOf(digest)}.tar`);

export const workFolder = (builds: string, workflow: string): string => path.join(builds, "work", workflow);

export const bundleFolder = (builds: string, digest: string): string => path.join(builds, "bundles", hexOf(digest));

/** Keeps a packed source where the build finds it; nothing is written when it is there already. */
export const storeSource = async (
  builds: string,
  repository: string,
  { file, digest, size }: Pick<PackedSource, "file" | "digest" | "size">,
): Promise<PushedSource> => {
  const reference = `${repository}@${digest}`;
  const target = sourceFile(builds, digest);
  if (await exists(target)) {
    await utimes(target, new Date(), new Date());
    return { reference, movedBytes: 0 };
  }
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  const temporary = `${target}.${process.pid}`;
  await copyFile(file, temporary);
  await rename(temporary, target);
  return { reference, movedBytes: size };
};

export interface StoredBundle {
  /** `sha256:` of its paths, contents, links and executable bits. */
  readonly digest: string;
  readonly files: number;
  /** False when the very same bundle was there already. */
  readonly isNew: boolean;
}

/**
 * Moves a folder into the store, under the name of its content. Its files can be overwritten by nobody after that: several
 * environments run from them.
 */
export const storeBundle = async (builds: string, folder: string): Promise<StoredBundle> => {
  const hash = createHash("sha256");
  let files = 0;
  for await (const entry of entriesOf(folder)) {
    files++;
    if (entry.kind === "link") hash.update(`l\0${entry.name}\0${await readlink(entry.file)}\0`);
    else {
      const isExecutable = ((await stat(entry.file)).mode & 0o100) !== 0;
      hash.update(`${isExecutable ? "x" : "f"}\0${entry.name}\0${await digestOf(entry.file)}\0`);
      await chmod(entry.file, isExecutable ? 0o555 : 0o444);
    }
  }
  const digest = `sha256:${hash.digest("hex")}`;
  const target = bundleFolder(builds, digest);
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  if (await exists(target)) {
    await utimes(target, new Date(), new Date());
    return { digest, files, isNew: false };
  }
  await rename(folder, target);
  return { digest, files, isNew: true };
};

/** A source that is this young may be that of a build which nobody has seen yet. */
const YOUNG_MS = 600_000;

/** Removes all but the bundles with these digests; to be called while no build runs. Returns how many things went. */
export const collectBuilds = async (builds: string, bundles: ReadonlySet<string>): Promise<number> => {
  const kept = new Set([...bundles].map(hexOf));
  const isYoung = async (file: string): Promise<boolean> =>
    Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? 0) < YOUNG_MS;
  const needed: Record<string, (name: string, file: string) => boolean | Promise<boolean>> = {
    bundles: (name) => kept.has(name),
    sources: (_name, file) => isYoung(file),
    work: () => false,
  };
  let removed = 0;
  for (const [kind, isNeeded] of Object.entries(needed)) {
    const folder = path.join(builds, kind);
    for (const name of await readdir(folder).catch((): string[] => [])) {
      const file = path.join(folder, name);
      if (await isNeeded(name, file)) continue;
      await rm(file, { recursive: true, force: true });
      removed++;
    }
  }
  return removed;
};

const hexOf = (digest: string): string => {
  const hex = digest.replace(/^.*sha256:/, "");
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new Error(`${digest} is no SHA-256 digest`);
  return hex;
};

interface Entry {
  readonly file: string;
  readonly name: string;
  readonly kind: "file" | "link";
}

/** Files and links below a folder, sorted by their path; all else is no part of a bundle. */
async function* entriesOf(folder: string, prefix = ""): AsyncGenerator<Entry> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    const name = prefix + entry.name;
    if (entry.isDirectory()) yield* entriesOf(file, `${name}/`);
    else if (entry.isSymbolicLink()) yield { file, name, kind: "link" };
    else if (entry.isFile()) yield { file, name, kind: "file" };
  }
}

const digestOf = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
};

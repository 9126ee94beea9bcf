import { createHash } from "node:crypto";
import { chmod, copyFile, cp, mkdir, readdir, rename, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { readJsonIfExists } from "../../lib/fs.ts";
import { packageRoot } from "../../lib/package-root.ts";
import { isGone, look } from "../watch/entry.ts";
import { EMPTY, type SyncedFile, type SyncManifest } from "./manifest.ts";

/** One file of a save: where it is in the image's folder, and where it was saved. */
export interface SyncChange {
  readonly path: string;
  /** Absolute. What is not there (any more) is removed. */
  readonly source: string;
}

/** The folder through which saved files reach the pods of one Deployment. */
export interface SyncFolder {
  readonly name: string;
  /** Absolute. */
  readonly top: string;
  /** Where the pods say what became of a save. */
  readonly state: string;
  /** Brings the changes there, and then tells the pods by a new generation, which is returned. */
  write(changes: readonly SyncChange[], restart: boolean): Promise<number>;
  /** Whether anything was written that the image has not got. */
  hasSaves(): boolean;
  /** The generation that was written last. */
  generation(): number;
  /** What was written so far is in the image. */
  setBuilt(): Promise<void>;
  /** Digests of the component's files as the pods have them, by path; undefined when that was never noted. */
  recorded(): Promise<Readonly<Record<string, string>> | undefined>;
  record(tree: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

/** Name of the folder of a Deployment and what is served of it: others of the same Deployment begin alike. */
export const folderName = (uid: string, artifact: string): string => `${short(uid)}-${short(artifact)}`;

/** Begin of the names of all folders of a Deployment. */
export const folderPrefix = (uid: string): string => `${short(uid)}-`;

const short = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** Others must not list the folder, and the user of an image has to get through it. */
const PASS = 0o711;

/** Opens the folder, and makes it when it is not there. `dir`: the host's side of the sync mount. */
export const openSyncFolder = async (dir: string, name: string): Promise<SyncFolder> => {
  const top = path.join(dir, name);
  const incoming = path.join(top, "in");
  const files = path.join(incoming, "files");
  const state = path.join(top, "state");
  const [manifestFile, recordFile] = [path.join(incoming, "manifest.json"), path.join(top, "record.json")];
  await makeFolder(top, PASS);
  await makeFolder(incoming, 0o755);
  await makeFolder(files, 0o755);
  // The image's user writes there, whoever that is.
  await makeFolder(state, 0o777);
  await copyShim(path.join(incoming, "shim"));
  let manifest = (await readJsonIfExists<SyncManifest>(manifestFile)) ?? EMPTY;
  await replaceFile(manifestFile, JSON.stringify(manifest));
  return {
    name,
    top,
    state,
    hasSaves: () => manifest.generation > manifest.built,
    generation: () => manifest.generation,
    setBuilt: async () => {
      manifest = { ...manifest, built: manifest.generation };
      await replaceFile(manifestFile, JSON.stringify(manifest));
    },
    write: async (changes, restart) => {
      const known = new Map(Object.entries(manifest.files));
      const removed = new Set(manifest.removed);
      for (const change of changes) {
        const file = await bring(change.source, { target: path.join(files, change.path), top: files });
        if (file === undefined) known.delete(change.path);
        else known.set(change.path, file);
        if (file === undefined) removed.add(change.path);
        else removed.delete(change.path);
      }
      manifest = {
        ...manifest,
        generation: manifest.generation + 1,
        starts: manifest.starts + (restart ? 1 : 0),
        files: Object.fromEntries(known),
        removed: [...removed],
      };
      await replaceFile(manifestFile, JSON.stringify(manifest));
      return manifest.generation;
    },
    recorded: () => readJsonIfExists<Record<string, string>>(recordFile),
    record: (tree) => replaceFile(recordFile, JSON.stringify(tree)),
    remove: () => rm(top, { recursive: true, force: true }),
  };
};

/** Removes the folders of a Deployment, but for one. */
export const removeFolders = async (dir: string, prefix: string, kept?: string): Promise<void> => {
  const names = await readdir(dir).catch((): string[] => []);
  const gone = names.filter((name) => name.startsWith(prefix) && name !== kept);
  await Promise.all(gone.map((name) => rm(path.join(dir, name), { recursive: true, force: true })));
};

/** Whatever the umask is. */
const makeFolder = async (folder: string, mode: number): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await chmod(folder, mode);
};

const copyShim = async (target: string): Promise<void> => {
  await cp(path.join(packageRoot(), "runtime-helpers", "dev"), target, { recursive: true });
  await makeFolder(target, 0o755);
};

interface Target {
  readonly target: string;
  /** Stays when it is empty. */
  readonly top: string;
}

/** Copies a file as it is now, as a whole. Undefined when there is none: then it is removed. */
const bring = async (source: string, { target, top }: Target): Promise<SyncedFile | undefined> => {
  const stats = look(source);
  if (stats === undefined || stats === "directory") {
    await rm(target, { force: true, recursive: true });
    await pruneAbove(target, top);
    return undefined;
  }
  await makeFolders(path.dirname(target));
  const fresh = `${target}.choreo-new`;
  try {
    if (stats.target === undefined) {
      await copyFile(source, fresh);
      await chmod(fresh, stats.mode);
    } else await symlink(stats.target, fresh);
    await renameOver(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    // It was taken away while it was copied.
    if (isGone(error) && look(source) === undefined) return bring(source, { target, top });
    throw error;
  }
  // Saved again meanwhile: then there will be a next generation. The times tell one content from another.
  const hash = `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}`;
  return { hash, mode: stats.mode, ...(stats.target === undefined ? {} : { link: stats.target }) };
};

/** A folder may be where a file is to be now. */
const renameOver = async (fresh: string, target: string): Promise<void> => {
  if (look(target) === "directory") await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
};

const makeFolders = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    if (!["EEXIST", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    // What was a file is a folder now.
    for (let above = folder; look(above) !== "directory"; above = path.dirname(above)) await rm(above, { force: true });
    await mkdir(folder, { recursive: true, mode: 0o755 });
  }
};

/** A folder is there because of its files. */
const pruneAbove = async (target: string, top: string): Promise<void> => {
  for (let folder = path.dirname(target); folder !== top; folder = path.dirname(folder)) {
    const done = await rmdir(folder).then(
      () => false,
      () => true,
    );
    if (done) return;
  }
};

const replaceFile = async (file: string, text: string): Promise<void> => {
  await writeFile(`${file}.new`, text, { mode: 0o644 });
  await rename(`${file}.new`, file);
};

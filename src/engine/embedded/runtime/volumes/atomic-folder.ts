import {
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
  chmod,
} from "node:fs/promises";
import path from "node:path";

export interface FolderFile {
  readonly data: Buffer;
  readonly mode: number;
}

const DATA = "..data";

/**
 * Makes a folder show exactly these files (relative path to content), all changed at once: they lie in a folder of their
 * own that the link `..data` points to, as kubelet does it. Returns whether anything changed.
 */
export const writeAtomicFolder = async (dir: string, files: ReadonlyMap<string, FolderFile>): Promise<boolean> => {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const data = path.join(dir, DATA);
  const before = await readlink(data).catch(() => undefined);
  if (before !== undefined && (await isSame(path.join(dir, before), files))) return false;
  const next = await mkdtemp(path.join(dir, `..${new Date().toISOString().replaceAll(/[-:T.Z]/g, "_")}`));
  await chmod(next, 0o755);
  for (const [name, file] of files) {
    const target = path.join(next, name);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.data);
    await chmod(target, file.mode);
  }
  const link = path.join(dir, "..data_tmp");
  await rm(link, { force: true });
  await symlink(path.basename(next), link);
  await rename(link, data);
  await linkEntries(dir, new Set([...files.keys()].map((name) => name.split("/")[0] ?? "")));
  if (before !== undefined) await rm(path.join(dir, before), { recursive: true, force: true });
  return true;
};

const linkEntries = async (dir: string, names: ReadonlySet<string>): Promise<void> => {
  for (const name of names) {
    const place = path.join(dir, name);
    if ((await lstat(place).catch(() => undefined)) === undefined) await symlink(path.join(DATA, name), place);
  }
  for (const name of await readdir(dir)) if (!name.startsWith("..") && !names.has(name)) await rm(path.join(dir, name));
};

const isSame = async (dir: string, files: ReadonlyMap<string, FolderFile>): Promise<boolean> => {
  const found = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = found.filter((entry) => entry.isFile());
  if (names.length !== files.size) return false;
  for (const [name, { data, mode }] of files) {
    const place = path.join(dir, name);
    const content = await readFile(place).catch(() => undefined);
    if (content?.equals(data) !== true || ((await lstat(place)).mode & 0o777) !== mode) return false;
  }
  return true;
};

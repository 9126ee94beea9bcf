import { randomBytes } from "node:crypto";
import { access, lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ChoreoError } from "./errors.ts";

/** Writes a whole file or nothing: temporary file in the same folder, fsync, rename. Default mode 0600. */
export const writeFileAtomic = async (file: string, data: string | Uint8Array, mode = 0o600): Promise<void> => {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

/** Whether something is there that this process can get to. */
export const exists = (place: string): Promise<boolean> =>
  access(place).then(
    () => true,
    () => false,
  );

/** The text of a file, or undefined when there is none. Other errors are thrown. */
export const readIfExists = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

/** Parsed JSON of a file, or undefined when it is missing or half written: state is rebuilt, never trusted blindly. */
export const readJsonIfExists = async <T>(file: string): Promise<T | undefined> => {
  const text = await readIfExists(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
};

/** Throws unless a folder is this user's and nobody else can write into it: below `/tmp` anybody may have made it first. */
export const checkPrivate = async (folder: string): Promise<void> => {
  const stats = await lstat(folder);
  const mine = process.getuid === undefined || stats.uid === process.getuid();
  if (stats.isDirectory() && mine && (stats.mode & 0o022) === 0) return;
  throw new ChoreoError("E_SUPERVISOR", `${folder} is not a private folder of this user`, {
    why: "another user of this machine could put a false supervisor there",
    fix: `remove it, or set XDG_RUNTIME_DIR to a folder of your own`,
  });
};

import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { readJsonIfExists } from "../lib/fs.ts";
import { poll } from "../lib/poll.ts";
import { processStartTime } from "../lib/process.ts";

interface Owner {
  readonly pid: number;
  readonly startTime: string | undefined;
  /** What it does: "up", "down". */
  readonly purpose: string;
  readonly since: string;
  readonly token: string;
}

/**
 * One writer per platform. The owner is a pid with its start time: a dead owner's lock is taken over at once, however
 * old it is, and a living one's never. `E_LOCKED` names the owner when it does not let go within `waitMs`.
 */
export const acquireLock = async (
  file: string,
  options: { readonly purpose: string; readonly waitMs: number; readonly signal?: AbortSignal },
): Promise<AsyncDisposable> => {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const startTime = await processStartTime(process.pid);
  const me: Owner = {
    pid: process.pid,
    startTime,
    purpose: options.purpose,
    since: new Date().toISOString(),
    token: randomBytes(8).toString("hex"),
  };
  await poll<true>(
    async () => {
      if (await tryCreate(file, me)) return { done: true, value: true };
      const owner = await readJsonIfExists<Owner>(file);
      if (owner !== undefined && (await isAlive(owner))) return { done: false, missing: describe(owner) };
      await removeStale(file, owner);
      return { done: false, missing: "a lock whose owner is gone was just removed" };
    },
    {
      what: `the lock of ${path.basename(file, ".lock")}`,
      timeoutMs: options.waitMs,
      intervalMs: 5,
      maxIntervalMs: 250,
      signal: options.signal,
      code: "E_LOCKED",
      fix: "wait for it, or end that process",
    },
  );
  return {
    [Symbol.asyncDispose]: async () => {
      const owner = await readJsonIfExists<Owner>(file);
      if (owner?.token === me.token) await rm(file, { force: true });
    },
  };
};

/** A hard link either appears whole or not at all: nobody ever reads half an owner. */
const tryCreate = async (file: string, owner: Owner): Promise<boolean> => {
  const draft = `${file}.${owner.token}`;
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
};

/** Renaming is what one of two contenders wins; the loser finds a file that is not the one it looked at and puts it back. */
const removeStale = async (file: string, seen: Owner | undefined): Promise<void> => {
  const aside = `${file}.stale.${randomBytes(4).toString("hex")}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = JSON.parse((await readFile(aside, "utf8").catch(() => "")) || "{}") as Partial<Owner>;
  if (taken.token !== undefined && taken.token !== seen?.token) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
};

const isAlive = async ({ pid, startTime }: Owner): Promise<boolean> => {
  const now = await processStartTime(pid);
  return now !== undefined && now === startTime;
};

const describe = ({ pid, purpose, since }: Owner): string =>
  `choreo-dev ${purpose} (pid ${pid}) has held it since ${since}`;

import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import { readIfExists } from "../lib/fs.ts";
import { poll } from "../lib/poll.ts";
import { processStartTime } from "../lib/process.ts";

export interface LockOptions {
  /** The command that works under the lock, as others are told: "up", "down". */
  readonly purpose: string;
  /** How long to wait for a living owner, in ms; 0 to try once. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface Lock extends AsyncDisposable {
  /** The purpose of the owner before, when it died with the lock: its work may be half done. */
  readonly abandoned: string | undefined;
}

/** Whether a living process holds it now. */
export const isLocked = async (file: string): Promise<boolean> => {
  const owner = await readOwner(file);
  return owner !== undefined && (await isAlive(owner));
};

interface Owner {
  readonly pid: number;
  /** With the pid it identifies a process; undefined where the machine does not tell. */
  readonly startTime: string | undefined;
  readonly purpose: string;
  readonly since: string;
  /** Random per lock that is taken. */
  readonly token: string;
}

/**
 * One writer per platform. A living owner's lock is never taken; a dead one's at once, however young it is, and by
 * exactly one of those who want it. `E_LOCKED` names the owner when it does not let go within `waitMs`.
 */
export const acquireLock = async (file: string, options: LockOptions): Promise<Lock> => {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const me = await newOwner(options.purpose);
  let owner: Owner | undefined;
  let abandoned: string | undefined;
  const onStale = (stale: Owner): void => void (abandoned = stale.purpose);
  try {
    await poll<undefined>(
      async () => {
        owner = await tryLock(file, me, onStale);
        return owner === undefined ? { done: true, value: undefined } : { done: false, missing: describe(owner) };
      },
      {
        what: `the lock ${file}`,
        timeoutMs: options.waitMs,
        intervalMs: 5,
        maxIntervalMs: 250,
        signal: options.signal,
        code: "E_LOCKED",
      },
    );
  } catch (error) {
    throw owner !== undefined && isChoreoError(error, "E_LOCKED") ? lockedError(file, owner, error) : error;
  }
  return { abandoned, [Symbol.asyncDispose]: () => unlock(file, me) };
};

/** Removes what owners that have ended left of their locks in a folder. Returns the names of the locks that are held. */
export const sweepLocks = async (dir: string): Promise<string[]> => {
  const me = await newOwner("sweep");
  const held: string[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    const [, kind] = /\.lock(?:\.(draft|stale)-[0-9a-f]+)*$/.exec(name) ?? [undefined, "none"];
    const file = path.join(dir, name);
    const owner = kind === "none" ? undefined : await readOwner(file);
    if (owner === undefined) continue;
    if (await isAlive(owner)) held.push(name);
    // A draft that cannot be read is being written.
    else if (kind !== "draft") await removeStale(file, owner, me);
    else if (owner.pid > 0) await rm(file, { force: true });
  }
  return held;
};

const newOwner = async (purpose: string): Promise<Owner> => ({
  pid: process.pid,
  startTime: await processStartTime(process.pid),
  purpose,
  since: new Date().toISOString(),
  token: randomBytes(8).toString("hex"),
});

/** Undefined when the lock is ours now, else who has it. */
const tryLock = async (
  file: string,
  me: Owner,
  onStale: (stale: Owner) => void = () => undefined,
): Promise<Owner | undefined> => {
  for (;;) {
    if (await create(file, me)) return undefined;
    const owner = await readOwner(file);
    // Let go between the two looks: try again.
    if (owner === undefined) continue;
    if (await isAlive(owner)) return owner;
    const rival = await removeStale(file, owner, me);
    if (rival !== undefined) return rival;
    onStale(owner);
  }
};

/** A hard link either appears whole or not at all: nobody ever reads half an owner. */
const create = async (file: string, owner: Owner): Promise<boolean> => {
  const draft = draftOf(file, owner);
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

/**
 * Removes the lock of a dead owner. Two who saw the same dead owner must not both remove: the second would remove the
 * lock that the first one took meanwhile. So removing takes a lock of its own, named after the dead owner, and a second
 * look under it. Returns who is at it already.
 */
const removeStale = async (file: string, stale: Owner, me: Owner): Promise<Owner | undefined> => {
  const claim = `${file}.stale-${stale.token}`;
  const rival = await tryLock(claim, me);
  if (rival !== undefined) return rival;
  const now = await readOwner(file);
  if (now?.token === stale.token) {
    await rm(draftOf(file, stale), { force: true });
    await rm(file, { force: true });
  }
  await rm(claim, { force: true });
  return undefined;
};

const unlock = async (file: string, me: Owner): Promise<void> => {
  const owner = await readOwner(file);
  if (owner?.token === me.token) await rm(file, { force: true });
};

const draftOf = (file: string, owner: Owner): string => `${file}.draft-${owner.token}`;

/** Undefined when there is no lock. One that cannot be read, left by a crash of the machine, belongs to nobody alive. */
const readOwner = async (file: string): Promise<Owner | undefined> => {
  const text = await readIfExists(file);
  if (text === undefined) return undefined;
  const nobody: Owner = { pid: 0, startTime: undefined, purpose: "", since: "", token: "unreadable" };
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    // The token becomes part of a file's name.
    const isOwner = typeof owner?.pid === "number" && /^[0-9a-f]{16}$/.test(owner.token ?? "");
    return isOwner ? { ...nobody, ...owner } : nobody;
  } catch {
    return nobody;
  }
};

const isAlive = async ({ pid, startTime }: Owner): Promise<boolean> => {
  const now = pid > 0 ? await processStartTime(pid) : undefined;
  return now !== undefined && (startTime === undefined || startTime === now);
};

const describe = ({ pid, purpose, since }: Owner): string =>
  `choreo-dev ${purpose} (pid ${pid}) has held it for ${secondsSince(since)} s`;

const secondsSince = (time: string): number => Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));

const lockedError = (file: string, owner: Owner, cause: ChoreoError): ChoreoError =>
  new ChoreoError("E_LOCKED", `Another choreo-dev works on ${path.basename(file, ".lock")}`, {
    why: describe(owner),
    fix: `wait until it has ended, or end it: kill ${owner.pid}`,
    cause,
  });

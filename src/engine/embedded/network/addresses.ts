import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { randomInt, randomUUID } from "node:crypto";
import net from "node:net";
import path from "node:path";
import { ChoreoError } from "../../../lib/errors.ts";
import { processStartTime } from "../../../lib/process.ts";

/** A part of 127.0.0.0/8 that belongs to one cluster of this machine. */
export interface LoopbackRange {
  /** The lower half: `127.X.0.0/17`. */
  readonly podCIDR: string;
  /** The upper half: `127.X.128.0/17`. */
  readonly serviceCIDR: string;
  /**
   * False where the machine has no loopback address but 127.0.0.1 (macOS without aliases): the range is still this
   * cluster's own, but nothing can listen in it and everything has to share 127.0.0.1 by free ports.
   */
  readonly bindable: boolean;
  /** Gives the range back. May be called twice. */
  release(): Promise<void>;
}

export interface ClaimOptions {
  /** Folder for the claims where addresses cannot be bound; the same for all processes of a user. Made if missing. */
  readonly dir: string;
  readonly signal?: AbortSignal | undefined;
  /** The `podCIDR` or `serviceCIDR` that the cluster had before; taken again if it is free. */
  readonly preferred?: string | undefined;
}

const FIRST = 64;
const COUNT = 190;
/** The last usable address of a range is the guard's. */
const GUARD_PORT = 7653;

/**
 * Claims a /16 of loopback addresses until `release` or the end of this process, however it ends. What holds the claim is
 * a listener in the range itself, which the kernel gives to one process only, whoever its user is; where addresses cannot
 * be bound, a file with the process's id and start time. Fails with `E_SUBNETS` when every range is taken.
 */
export const claimLoopbackRange = async (options: ClaimOptions): Promise<LoopbackRange> => {
  const bindable = await canBind(`127.${FIRST}.0.1`);
  if (!bindable) await mkdir(options.dir, { recursive: true, mode: 0o700 });
  for (const number of candidates(options.preferred)) {
    options.signal?.throwIfAborted();
    const giveBack = bindable
      ? await claimByGuard(`127.${number}.255.254`)
      : await claimByFile(path.join(options.dir, `127.${number}.claim`));
    if (giveBack !== undefined) return rangeOf(number, bindable, giveBack);
  }
  throw new ChoreoError("E_SUBNETS", "Every range of loopback addresses is taken by another cluster", {
    fix: "stop a platform that is not needed: choreo-dev list",
  });
};

/** From a random start: a cluster that was stopped likely finds its range free when it comes back. */
const candidates = (preferred: string | undefined): number[] => {
  const before = Number(/^127\.(\d{1,3})\./.exec(preferred ?? "")?.[1] ?? Number.NaN);
  const start = randomInt(COUNT);
  const all = Array.from({ length: COUNT }, (_, at) => FIRST + ((start + at) % COUNT));
  return all.includes(before) ? [before, ...all.filter((number) => number !== before)] : all;
};

type GiveBack = () => Promise<void>;

const rangeOf = (number: number, bindable: boolean, giveBack: GiveBack): LoopbackRange => {
  let released: Promise<void> | undefined;
  return {
    podCIDR: `127.${number}.0.0/17`,
    serviceCIDR: `127.${number}.128.0/17`,
    bindable,
    release: () => (released ??= giveBack()),
  };
};

const claimByGuard = async (address: string): Promise<GiveBack | undefined> => {
  const guard = await listenOn(address, GUARD_PORT);
  return guard === undefined ? undefined : () => closed(guard);
};

/** Takes the file of a range, also from a process that is gone. */
export const claimByFile = async (file: string): Promise<GiveBack | undefined> => {
  const giveBack = (): Promise<void> => rm(file, { force: true });
  if (await createClaim(file)) return giveBack;
  if (await isHeld(file)) return undefined;
  // Of several processes that see the dead claim one moves it away. What it moved is looked at again: in the meantime a
  // living one may have taken its place.
  const grave = `${file}.${randomUUID()}`;
  try {
    await rename(file, grave);
    if (await isHeld(grave)) await link(grave, file).catch(() => undefined);
    else if (await createClaim(file)) return giveBack;
  } catch {
    // Somebody else moved it first.
  } finally {
    await rm(grave, { force: true });
  }
  return undefined;
};

/** A link makes the whole file appear at once; false when there is one already. */
const createClaim = async (file: string): Promise<boolean> => {
  const draft = `${file}.${randomUUID()}`;
  const claim = { pid: process.pid, startTime: await processStartTime(process.pid) };
  await writeFile(draft, JSON.stringify(claim), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
};

const isHeld = async (file: string): Promise<boolean> => {
  try {
    const claim = JSON.parse(await readFile(file, "utf8")) as { readonly pid: number; readonly startTime?: string };
    const startTime = await processStartTime(claim.pid);
    return startTime !== undefined && startTime === claim.startTime;
  } catch {
    return false;
  }
};

const canBind = async (address: string): Promise<boolean> => {
  const server = await listenOn(address, 0);
  if (server !== undefined) await closed(server);
  return server !== undefined;
};

const closed = (server: net.Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const listenOn = (host: string, port: number): Promise<net.Server | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });

import path from "node:path";
import { isChoreoError, messageOf } from "../lib/errors.ts";
import { redact } from "../lib/redact.ts";
import { systemClock } from "../lib/clock.ts";
import { type LeasedPlatform, findLeases, leasesOfState } from "../planes/leases.ts";
import { reap } from "../planes/reap.ts";
import { reaperFiles } from "../planes/reaper-process.ts";
import { acquireLock, sweepLocks } from "../state/lock.ts";

const LOOK_EVERY_MS = 1000;
/** It is started before the first lease is written. */
const FIRST_MS = 3000;
/** Networks without a folder of the state are rare, and Docker is slower to ask. */
const DOCKER_EVERY = 15;
/** A platform that could not be removed is tried again later, not at once. */
const AGAIN_MS = 10_000;

/**
 * The process that removes ephemeral platforms whose owners have ended. One per state folder, started with the first
 * lease; it ends when there is none left.
 */
const main = async (): Promise<void> => {
  const { lock } = reaperFiles(process.env);
  for (const name of ["SIGHUP", "SIGINT"] as const) process.on(name, () => undefined);
  const held = await acquireLock(lock, { purpose: "reap", waitMs: 0 }).catch((error: unknown) => {
    if (isChoreoError(error, "E_LOCKED")) return undefined;
    throw error;
  });
  if (held === undefined) return;
  try {
    await watchLeases();
  } finally {
    await held[Symbol.asyncDispose]();
  }
  // A lease that was written after the last look found the lock still held.
  if ((await leasesOfState(process.env)).length > 0) await main();
};

const watchLeases = async (): Promise<void> => {
  const busy = new Map<string, Promise<void>>();
  const notBefore = new Map<string, number>();
  const take = async (leased: LeasedPlatform): Promise<void> => {
    const began = performance.now();
    try {
      await reap(leased, { env: process.env, signal: new AbortController().signal });
      log(
        `${leased.name}: removed in ${Math.round(performance.now() - began)} ms, its owner (pid ${leased.lease.pid}) has ended`,
      );
    } catch (error) {
      notBefore.set(leased.name, performance.now() + AGAIN_MS);
      log(`${leased.name}: ${messageOf(error)}`);
    } finally {
      busy.delete(leased.name);
    }
  };
  for (let round = 0; ; round++) {
    const leases = round % DOCKER_EVERY === 0 ? await findLeases(process.env) : await leasesOfState(process.env);
    for (const leased of leases) {
      const isDue = leased.state === "ended" && (notBefore.get(leased.name) ?? 0) <= performance.now();
      if (isDue && !busy.has(leased.name)) busy.set(leased.name, take(leased));
    }
    // Those of other machines are for reapers there.
    const isIdle = !(await isWorkedOn()) && busy.size === 0 && leases.every(({ state }) => state === "elsewhere");
    if (isIdle && round * LOOK_EVERY_MS >= FIRST_MS) return;
    await systemClock.sleep(LOOK_EVERY_MS);
  }
};

/** Whether somebody works on a platform: whoever is killed at it leaves a lock, if there is no lease yet or no more. */
const isWorkedOn = async (): Promise<boolean> => {
  const { lock } = reaperFiles(process.env);
  const held = await sweepLocks(path.dirname(lock));
  return held.some((name) => name !== path.basename(lock));
};

const log = (message: string): void => {
  process.stdout.write(redact(`${new Date().toISOString()} ${message}\n`));
};

main().catch((error: unknown) => {
  log(messageOf(error));
  process.exitCode = 1;
});

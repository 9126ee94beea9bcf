import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { spawnDetached } from "../lib/exec.ts";
import { packageRoot } from "../lib/package-root.ts";
import { isLocked } from "../state/lock.ts";
import { places } from "../state/places.ts";
import { leasesOfState } from "./leases.ts";

export interface ReaperFiles {
  /** Held by the one reaper of a state folder while it lives. */
  readonly lock: string;
  readonly log: string;
}

export const reaperFiles = (env: NodeJS.ProcessEnv): ReaperFiles => {
  const { state } = places(env);
  return { lock: path.join(state, "reaper.lock"), log: path.join(state, "reaper.log") };
};

/** Starts the process that removes ephemeral platforms when their owners have ended, unless it runs. */
export const ensureReaper = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const { lock, log } = reaperFiles(env);
  if (await isLocked(lock)) return;
  const cwd = path.dirname(log);
  await mkdir(cwd, { recursive: true, mode: 0o700 });
  const logFd = openSync(log, "a", 0o600);
  try {
    // Of two that begin at once, one gets the lock and the other one ends.
    spawnDetached(process.execPath, [path.join(packageRoot(), "dist", "reaper.js")], { cwd, env, logFd });
  } finally {
    closeSync(logFd);
  }
};

/** For a command that begins: platforms whose owners have ended are waited for by nobody if the reaper has died as well. */
export const reviveReaper = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const leases = await leasesOfState(env);
  if (leases.some(({ state }) => state === "ended")) await ensureReaper(env);
};

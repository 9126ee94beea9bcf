import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { systemClock } from "./clock.ts";
import { readJsonIfExists, writeFileAtomic } from "./fs.ts";
import { processStartTime } from "./process.ts";

/**
 * Remembers long-running child processes in a folder, so that the next run can end those whose parent was killed:
 * a `kind create` that works on behind a dead `up` would fight with its successor.
 */
export const trackChild = async (folder: string, pid: number): Promise<() => Promise<void>> => {
  const file = path.join(folder, `${pid}.json`);
  await writeFileAtomic(file, JSON.stringify({ pid, startTime: await processStartTime(pid) }));
  return () => rm(file, { force: true });
};

/** How long the helpers of a killed child may take to finish what they began. */
const GRACE_MS = 5000;

/**
 * Kills remembered children that still run, and the process groups that they lead. Call it only while holding the
 * platform's lock.
 *
 * The leader dies at once; its own children get a moment to end by themselves. A `docker run` that is cut off leaves
 * Docker working on a container that nobody can see yet, and that appears after the next run has looked.
 */
export const killLeftChildren = async (folder: string): Promise<number> => {
  let killed = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    const child = await readJsonIfExists<{ pid: number; startTime?: string }>(file);
    if (
      child !== undefined &&
      child.startTime !== undefined &&
      (await processStartTime(child.pid)) === child.startTime
    ) {
      if (signal(child.pid, "SIGKILL")) killed++;
      await groupEnd(child.pid);
      signal(-child.pid, "SIGKILL");
    }
    await rm(file, { force: true });
  }
  return killed;
};

const groupEnd = async (group: number): Promise<void> => {
  const deadline = systemClock.monotonic() + GRACE_MS;
  while (signal(-group, 0) && systemClock.monotonic() < deadline) await systemClock.sleep(50);
};

/** False when there is no such process or group (any more). */
const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};

import { readdir, rm } from "node:fs/promises";
import path from "node:path";
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

/** Kills the process groups of remembered children that still run. Call it only while holding the platform's lock. */
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
      try {
        process.kill(-child.pid, "SIGKILL");
        killed++;
      } catch {
        // It ended between the look and the signal.
      }
    }
    await rm(file, { force: true });
  }
  return killed;
};

import { randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { readIfExists, readJsonIfExists, writeFileAtomic } from "../../../../lib/fs.ts";
import { processStartTime } from "../../../../lib/process.ts";
import { shared } from "../shared.ts";

/** Environment variable that every process of a container carries, its children included. */
export const MARKER = "CHOREO_PROCESS";

/**
 * The processes that a runtime has started, remembered on disk: by the pid and start time of each group's leader, and by
 * a marker in the environment that also finds those which left their group.
 */
export interface ProcessTable {
  /** Begins every marker of this state folder, also in a later run. */
  readonly id: string;
  markerOf(pod: string, container: string): string;
  add(pid: number): Promise<void>;
  forget(pid: number): Promise<void>;
  /** The processes that carry a marker now. */
  marked(marker: string): Promise<readonly number[]>;
  /** Kills what of a marker's processes is left. Returns how many there were. */
  killMarked(marker: string): Promise<number>;
  /** Kills everything that an earlier run or this one has left. */
  killAll(): Promise<number>;
}

export const openProcessTable = async (dir: string): Promise<ProcessTable> => {
  const folder = path.join(dir, "processes");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const idFile = path.join(dir, "id");
  const id = (await readIfExists(idFile)) ?? randomUUID();
  await writeFileAtomic(idFile, id);
  const scan = createScanner();
  const fileOf = (pid: number): string => path.join(folder, `${pid}.json`);
  const killMarked = async (marker: string): Promise<number> => {
    let killed = 0;
    // A process may have made another one while its list was read.
    for (let round = 0; round < 5; round++) {
      const pids = await scan(marker);
      if (pids.length === 0) return killed;
      for (const pid of pids) if (signal(pid, "SIGKILL")) killed++;
    }
    return killed;
  };
  return {
    id,
    markerOf: (pod, container) => `${id}:${pod}:${container}:`,
    add: async (pid) => {
      const startTime = await processStartTime(pid);
      await writeFile(fileOf(pid), JSON.stringify({ pid, startTime }), { mode: 0o600 });
    },
    forget: (pid) => rm(fileOf(pid), { force: true }),
    marked: scan,
    killMarked,
    killAll: async () => {
      let killed = 0;
      // Whoever removed the folder took the records with it; the markers are on the processes.
      for (const name of await readdir(folder).catch(() => [])) {
        const file = path.join(folder, name);
        const record = await readJsonIfExists<{ pid: number; startTime?: string }>(file);
        const isSame = record?.startTime !== undefined && (await processStartTime(record.pid)) === record.startTime;
        if (isSame && signalGroup(record.pid, "SIGKILL")) killed++;
        await rm(file, { force: true });
      }
      return killed + (await killMarked(`${id}:`));
    },
  };
};

/** Pids of the processes that carry a marker. Callers of one moment share a walk over `/proc`. */
const createScanner = (): ((marker: string) => Promise<number[]>) => {
  const walk = shared(markedProcesses);
  return async (marker) => [...(await walk())].filter(([, value]) => value.startsWith(marker)).map(([pid]) => pid);
};

const markedProcesses = async (): Promise<ReadonlyMap<number, string>> => {
  const found = new Map<number, string>();
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const environ = await readFile(`/proc/${name}/environ`, "latin1").catch(() => "");
    const at = `\0${environ}`.indexOf(`\0${MARKER}=`);
    if (at === -1) continue;
    found.set(Number(name), environ.slice(at + MARKER.length + 1).split("\0", 1)[0] ?? "");
  }
  return found;
};

/** False when there is no such process (any more). */
const signal = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};

/** Sends a signal to a process group; false when it is gone. */
export const signalGroup = (leader: number, name: NodeJS.Signals): boolean => signal(-leader, name);

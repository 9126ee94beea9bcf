import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { type LogFile, createLogFile, logSegments, removeLog } from "./log-file.ts";

/** The logs of all runs of all containers of a state folder. The last two runs of a container are kept. */
export interface LogStore {
  open(pod: string, container: string, attempt: number): Promise<LogFile>;
  /** The log of a run, and the file that is being written if it is. Undefined when there is none. */
  find(
    pod: string,
    container: string,
    attempt: number,
  ): Promise<{ file: string; live: LogFile | undefined } | undefined>;
  remove(pod: string): Promise<void>;
}

export const createLogStore = (dir: string, now: () => number): LogStore => {
  const live = new Map<string, LogFile>();
  const folderOf = (pod: string, container: string): string => path.join(dir, pod, container);
  return {
    open: async (pod, container, attempt) => {
      const folder = folderOf(pod, container);
      const file = path.join(folder, `${attempt}.log`);
      for (const name of await readdir(folder).catch(() => [])) {
        const old = Number.parseInt(name, 10);
        if (old < attempt - 1) await removeLog(path.join(folder, `${old}.log`));
      }
      const log = await createLogFile(file, now);
      live.set(file, log);
      void log.closed.then(() => live.delete(file));
      return log;
    },
    find: async (pod, container, attempt) => {
      const file = path.join(folderOf(pod, container), `${attempt}.log`);
      const found = await logSegments(file);
      return found.length === 0 ? undefined : { file, live: live.get(file) };
    },
    remove: (pod) => rm(path.join(dir, pod), { recursive: true, force: true }),
  };
};

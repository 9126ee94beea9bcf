import { readFileSync, readdirSync } from "node:fs";

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
  readonly environment: string;
}

/** Every living process of this machine in whose environment or command line one of the texts is; not this one. */
export const processesOf = (texts: Iterable<string>): FoundProcess[] =>
  readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const environment = read(`/proc/${pid}/environ`);
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    // A process without a command line has ended and only waits for its parent.
    const isWanted = [...texts].some((text) => environment.includes(text) || command.includes(text));
    if (command === "" || !isWanted) return [];
    return [{ pid, command, environment }];
  });

/** Ends a process at once; one that has ended already is in order. */
export const killNow = (pid: number, signal: NodeJS.Signals = "SIGKILL"): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

const read = (file: string): string => {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
};

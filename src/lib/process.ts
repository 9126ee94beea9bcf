import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/**
 * When a process was started, as an opaque text, or undefined when it is not there (a zombie counts as gone). Pid and
 * start time together identify a process; a pid alone may have been given to another one since.
 */
export const processStartTime = async (pid: number): Promise<string | undefined> => {
  if (process.platform === "linux") {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    // The command name is in parentheses and may hold spaces: fields are counted behind its end.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
  }
  return new Promise((resolve) => {
    execFile("ps", ["-o", "lstart=", "-p", String(pid)], (error, stdout) => {
      resolve(error !== null || stdout.trim() === "" ? undefined : stdout.trim());
    });
  });
};

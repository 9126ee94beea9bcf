import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { untilTrue } from "./until.ts";

const PID_FILE = "/var/run/docker.pid";

/** Program that starts Docker on this machine; without it the restart cannot be tested. */
export const dockerStarter: string | undefined = process.env["CHOREO_TEST_START_DOCKER"];

/** Ends dockerd as a reboot of it would, and starts it again. */
export const restartDocker = async (): Promise<void> => {
  if (dockerStarter === undefined) throw new Error("CHOREO_TEST_START_DOCKER is not set");
  const pid = Number(readFileSync(PID_FILE, "utf8"));
  process.kill(pid, "SIGTERM");
  await untilTrue("dockerd to end", async () => (isAlive(pid) ? undefined : true));
  await promisify(execFile)(dockerStarter, []);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

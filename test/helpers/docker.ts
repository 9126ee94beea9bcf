import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Docker's own command line, as a second opinion on what is really there. */
export const docker = async (...args: string[]): Promise<string> =>
  (await run("docker", args, { maxBuffer: 50_000_000 })).stdout.trim();

/** Everything of a platform that Docker holds: containers, networks, volumes. Empty after `down`. */
export const leftovers = async (platform: string): Promise<string[]> => {
  const [containers, networks, volumes] = await Promise.all([
    docker("ps", "-a", "--format", '{{.Names}} {{.Label "io.x-k8s.kind.cluster"}} {{.Label "choreo.dev/platform"}}'),
    docker("network", "ls", "--format", '{{.Name}} {{.Label "choreo.dev/platform"}}'),
    docker("volume", "ls", "--format", '{{.Name}} {{.Label "choreo.dev/platform"}}'),
  ]);
  const mine = (line: string): boolean =>
    line
      .split(" ")
      .some((word) => word === platform || word.startsWith(`${platform}-`) || word === `choreo-dev-${platform}`);
  return [
    ...containers
      .split("\n")
      .filter(mine)
      .map((line) => `container ${line}`),
    ...networks
      .split("\n")
      .filter(mine)
      .map((line) => `network ${line}`),
    ...volumes
      .split("\n")
      .filter(mine)
      .map((line) => `volume ${line}`),
  ];
};

/** Command lines of processes that mention a text, this test's own excluded. */
export const processesWith = async (text: string): Promise<string[]> => {
  const { stdout } = await run("ps", ["-eo", "pid=,args="]);
  return stdout
    .split("\n")
    .filter((line) => line.includes(text) && !line.includes("vitest") && !line.includes("ps -eo"));
};

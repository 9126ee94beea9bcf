import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export interface Timing {
  readonly ms: number;
  /** Seconds of user and system time of the process and its children. */
  readonly cpu: number;
  readonly stdout: string;
}

/** Runs a program to its end; one that fails ends the measurement. */
export const timed = (
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly input?: string },
): Timing => {
  const before = childrenCpu();
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(file, args, { ...options, encoding: "utf8", maxBuffer: 100_000_000 });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} failed:\n${stderr}`);
  return { ms: performance.now() - began, cpu: childrenCpu() - before, stdout };
};

/** CPU seconds of containers, read from their cgroups before they are removed. */
export const containersCpu = (filter: string): number =>
  execFileSync("docker", ["ps", "-q", "--no-trunc", "--filter", filter], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean)
    .reduce((sum, id) => sum + cgroupCpu(id), 0);

/** CPU seconds of running processes whose command line mentions a text. */
export const processesCpu = (text: string): number =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .reduce((sum, pid) => sum + processCpu(pid, text), 0);

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

export const percentile = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;

export const rounded = (number: number, digits = 1): number => Number(number.toFixed(digits));

const TICKS_PER_SECOND = 100;

/** Fields 14 to 17 of /proc/PID/stat: own user and system time, and that of children that were waited for. */
const timesIn = (stat: string): number[] =>
  (stat.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [])
    .slice(11, 15)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);

const childrenCpu = (): number => {
  const [, , user = 0, system = 0] = timesIn(readFileSync("/proc/self/stat", "utf8"));
  return user + system;
};

const processCpu = (pid: string, text: string): number => {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text)) return 0;
    const [user = 0, system = 0] = timesIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return user + system;
  } catch {
    return 0; // It ended between the two looks.
  }
};

const cgroupCpu = (id: string): number => {
  for (const folder of ["cpuacct", "cpu,cpuacct"]) {
    try {
      return Number(readFileSync(`/sys/fs/cgroup/${folder}/docker/${id}/cpuacct.usage`, "utf8")) / 1e9;
    } catch {
      continue; // Another layout, or cgroup v2.
    }
  }
  const stat = readFileSync(`/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`, "utf8");
  return Number(/usage_usec (\d+)/.exec(stat)?.[1] ?? 0) / 1e6;
};

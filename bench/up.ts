// `npm run bench:up -- --json [--runs N] [--multi]`: the time of `choreo-dev up` as a ratio to a bare `kind create cluster --wait`
// with the same node image, in one run, alternating. Before it begins, the node image that carries the platform's images is made
// (it is a cache that the second platform of a machine has); `--cold` measures without it.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import Docker from "dockerode";
import { parseArgs } from "node:util";
import { loadCatalog } from "../src/addons/catalog.ts";
import { BAKED_REPOSITORY, bakeImage } from "../src/engine/kind/baked-image.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    runs: { type: "string", default: "3" },
    image: { type: "string", default: "kindest/node:v1.34.2" },
    cold: { type: "boolean", default: false },
    multi: { type: "boolean", default: false },
  },
});
const bin = path.resolve("bin/choreo-dev.js");
const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-bench-"));
const env = {
  ...process.env,
  HOME: home,
  XDG_STATE_HOME: path.join(home, "state"),
  KUBECONFIG: path.join(home, "kubeconfig"),
  CI: "true",
};
const log = (text: string): void => void process.stderr.write(`${text}\n`);

const timed = (file: string, args: string[], cwd = home, extra: NodeJS.ProcessEnv = {}): number => {
  const began = performance.now();
  const { status, stderr } = spawnSync(file, args, { cwd, env: { ...env, ...extra }, encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} failed:\n${stderr}`);
  return performance.now() - began;
};

/** CPU seconds of containers, read from their cgroups before they are removed. */
const cpuOf = (filter: string): number =>
  execFileSync("docker", ["ps", "-q", "--no-trunc", "--filter", filter], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean)
    .reduce((sum, id) => sum + cgroupCpu(id), 0);

const cgroupCpu = (id: string): number => {
  for (const file of [
    `/sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`,
    `/sys/fs/cgroup/cpu,cpuacct/docker/${id}/cpuacct.usage`,
  ]) {
    try {
      return Number(readFileSync(file, "utf8")) / 1e9;
    } catch {
      continue;
    }
  }
  const stat = readFileSync(`/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`, "utf8");
  return Number(/usage_usec (\d+)/.exec(stat)?.[1] ?? 0) / 1e6;
};

const bare = (): { ms: number; cpu: number } => {
  const name = `bare${randomBytes(3).toString("hex")}`;
  const kubeconfig = path.join(home, name);
  const ms = timed("kind", [
    "create",
    "cluster",
    "--name",
    name,
    "--image",
    values.image,
    "--kubeconfig",
    kubeconfig,
    "--wait",
    "300s",
  ]);
  const cpu = cpuOf(`label=io.x-k8s.kind.cluster=${name}`);
  timed("kind", ["delete", "cluster", "--name", name, "--kubeconfig", kubeconfig]);
  return { ms, cpu };
};

const up = (topology: "colocated" | "multi-cluster"): { ms: number; cpu: number; secondMs: number; downMs: number } => {
  const name = `b${randomBytes(3).toString("hex")}`;
  const dir = mkdtempSync(path.join(home, "project-"));
  const data =
    topology === "colocated"
      ? ""
      : "planes:\n  data:\n    - { name: us-west-2, environments: [development, staging] }\n    - { name: eu-central-1, environments: [production] }\n";
  writeFileSync(
    path.join(dir, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\ntopology: ${topology}\n${data}`,
  );
  const ms = timed(process.execPath, [bin, "up"], dir);
  const cpu = cpuOf(`network=choreo-dev-${name}`) + supervisorCpu();
  const secondMs = timed(process.execPath, [bin, "up"], dir);
  const downMs = timed(process.execPath, [bin, "down", "--force"], dir);
  return { ms, cpu, secondMs, downMs };
};

/** The supervisor started by this run, user and system time. */
const supervisorCpu = (): number => {
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(home)) continue;
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      continue;
    }
  }
  return ticks / 100;
};

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const docker = new Docker();
const images = (await loadCatalog(path.resolve("addons"))).flatMap((addon) => addon.images);
if (values.cold) {
  for (const { Id } of await docker.listImages({ filters: { reference: [BAKED_REPOSITORY] } }))
    await docker.getImage(Id).remove({ force: true });
} else {
  log("making the node image with the platform's images");
  await bakeImage({ docker, nodeImage: values.image, images }, { labels: {}, signal: new AbortController().signal });
}
const topology = values.multi ? "multi-cluster" : "colocated";
const runs: { bare: number; bareCpu: number; up: number; upCpu: number; second: number; down: number }[] = [];
try {
  for (let run = 1; run <= Number(values.runs); run++) {
    const floor = bare();
    const platform = up(topology);
    runs.push({
      bare: floor.ms,
      bareCpu: floor.cpu,
      up: platform.ms,
      upCpu: platform.cpu,
      second: platform.secondMs,
      down: platform.downMs,
    });
    log(
      `run ${run}: bare ${(floor.ms / 1000).toFixed(1)} s, up ${(platform.ms / 1000).toFixed(1)} s, ratio ${(platform.ms / floor.ms).toFixed(2)}; second up ${platform.secondMs.toFixed(0)} ms, down ${(platform.downMs / 1000).toFixed(1)} s; CPU bare ${floor.cpu.toFixed(1)} s, up ${platform.cpu.toFixed(1)} s`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
const result = {
  name: "up",
  machine: { cores: os.cpus().length, memoryGb: Math.round(os.totalmem() / 1e9), node: process.versions.node },
  results: [
    {
      case: `${topology} up`,
      p50Ms: Math.round(median(runs.map((run) => run.up))),
      floorMs: Math.round(median(runs.map((run) => run.bare))),
      ratio: Number(median(runs.map((run) => run.up / run.bare)).toFixed(2)),
    },
    { case: "second up", p50Ms: Math.round(median(runs.map((run) => run.second))) },
    { case: "down", p50Ms: Math.round(median(runs.map((run) => run.down))) },
    {
      case: "cpu seconds",
      up: Number(median(runs.map((run) => run.upCpu)).toFixed(1)),
      bare: Number(median(runs.map((run) => run.bareCpu)).toFixed(1)),
    },
  ],
};
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, undefined, 2)}\n`);

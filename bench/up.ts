// `npm run bench:up -- --json [--runs N] [--multi] [--cold]`: `choreo-dev up` beside a bare `kind create cluster --wait` with the same
// node image, in one run, alternating: the time as a ratio, and with `--multi` the CPU seconds of four clusters as decided in
// docs/benchmarks.md. Before it begins, the node image that carries the platform's images is made (a cache that the second platform of
// a machine has); `--cold` measures without it.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import Docker from "dockerode";
import { loadCatalog } from "../src/addons/catalog.ts";
import { BAKED_REPOSITORY, bakeImage } from "../src/engine/kind/baked-image.ts";
import { addonsFloor } from "./addons-floor.ts";
import { containersCpu, median, processesCpu, rounded, timed } from "./measure.ts";

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
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const bareCreate = (): { ms: number; cpu: number } => {
  const name = `bare${randomBytes(3).toString("hex")}`;
  const kind = (...args: string[]): ReturnType<typeof timed> =>
    timed("kind", [...args, "--name", name, "--kubeconfig", path.join(home, name)], { cwd: home, env });
  const created = kind("create", "cluster", "--image", values.image, "--wait", "300s");
  const cpu = created.cpu + containersCpu(`label=io.x-k8s.kind.cluster=${name}`);
  kind("delete", "cluster");
  return { ms: created.ms, cpu };
};

const DATA_PLANES = `planes:
  data:
    - { name: us-west-2, environments: [development, staging] }
    - { name: eu-central-1, environments: [production] }
`;

const platform = (): { ms: number; cpu: number; secondMs: number; downMs: number } => {
  const name = `b${randomBytes(3).toString("hex")}`;
  const cwd = mkdtempSync(path.join(home, "project-"));
  const topology = values.multi ? "multi-cluster" : "colocated";
  const header = `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\ntopology: ${topology}\n`;
  writeFileSync(path.join(cwd, "choreo-dev.yaml"), `${header}${values.multi ? DATA_PLANES : ""}`);
  const choreo = (...args: string[]): ReturnType<typeof timed> => timed(process.execPath, [bin, ...args], { cwd, env });
  const up = choreo("up");
  const cpu = up.cpu + containersCpu(`network=choreo-dev-${name}`) + processesCpu(home);
  const second = choreo("up");
  const down = choreo("down", "--force");
  return { ms: up.ms, cpu, secondMs: second.ms, downMs: down.ms };
};

const docker = new Docker();
const images = (await loadCatalog(path.resolve("addons"))).flatMap((addon) => addon.images);
for (const { Id } of values.cold ? await docker.listImages({ filters: { reference: [BAKED_REPOSITORY] } }) : [])
  await docker.getImage(Id).remove({ force: true });
log("making the node image with the platform's images");
const bake = { docker, nodeImage: values.image, images };
const baked = values.cold ? undefined : await bakeImage(bake, { labels: {}, signal: new AbortController().signal });

const runs: { bare: ReturnType<typeof bareCreate>; up: ReturnType<typeof platform>; addonsCpu: number }[] = [];
try {
  for (let run = 1; run <= Number(values.runs); run++) {
    const bare = bareCreate();
    const up = platform();
    const floor = { image: baked ?? values.image, home, env };
    // Two data planes and a build plane.
    const addonsCpu = values.multi ? 2 * (await addonsFloor("data", floor)) + (await addonsFloor("build", floor)) : 0;
    runs.push({ bare, up, addonsCpu });
    log(
      `run ${run}: bare ${seconds(bare.ms)}, up ${seconds(up.ms)}, ratio ${rounded(up.ms / bare.ms, 2)}; second up ${up.secondMs.toFixed(0)} ms, down ${seconds(up.downMs)}; CPU bare ${rounded(bare.cpu)} s, up ${rounded(up.cpu)} s, addons by themselves ${rounded(addonsCpu)} s`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

const p50 = (of: (run: (typeof runs)[number]) => number): number => median(runs.map(of));
const cpuCase = {
  case: "cpu seconds",
  up: rounded(p50(({ up }) => up.cpu)),
  bare: rounded(p50(({ bare }) => bare.cpu)),
  ...(values.multi
    ? {
        addons: rounded(p50(({ addonsCpu }) => addonsCpu)),
        /** What is left for the platform, as a multiple of four bare creates. */
        ratio: rounded(
          p50(({ up, bare, addonsCpu }) => (up.cpu - addonsCpu) / (4 * bare.cpu)),
          2,
        ),
      }
    : {}),
};
const result = {
  name: "up",
  machine: { cores: os.cpus().length, memoryGb: Math.round(os.totalmem() / 1e9), node: process.versions.node },
  results: [
    {
      case: `${values.multi ? "multi-cluster" : "colocated"} up`,
      p50Ms: Math.round(p50(({ up }) => up.ms)),
      floorMs: Math.round(p50(({ bare }) => bare.ms)),
      ratio: rounded(
        p50(({ up, bare }) => up.ms / bare.ms),
        2,
      ),
    },
    { case: "second up", p50Ms: Math.round(p50(({ up }) => up.secondMs)) },
    { case: "down", p50Ms: Math.round(p50(({ up }) => up.downMs)) },
    cpuCase,
  ],
};
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, undefined, 2)}\n`);

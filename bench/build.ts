// `npm run bench:build -- --json [--builds N]`: what a build through Argo and the controller costs beside the same steps called by hand, on
// kind. Per build: a Node.js service with a stage of tests and one changed line; then the same with another line, by `sh` in the pod of the
// BuildKit daemon. Phases of the first are what the Build, its workflow and its pod say of themselves.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { readStepFiles } from "../src/controller/build/step-files.ts";
import type { Build } from "../src/crds/types.ts";
import { packWorkingTree } from "../src/dev/build/working-tree.ts";
import { createRegistryClient } from "../src/docker/registry-client.ts";
import { connect } from "../src/k8s/connect.ts";
import { endpointFromKubeconfig } from "../src/k8s/kubeconfig.ts";
import type { AnyObject, Endpoint } from "../src/k8s/types.ts";
import { pushSource } from "../src/source/artifact.ts";
import { execInPod } from "../src/k8s/exec.ts";
import { percentile, rounded } from "./measure.ts";
import { type BenchPlatform, registryPort, withPlatform } from "./platform.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, builds: { type: "string", default: "5" } },
});

const sourceOf = ({ cwd }: BenchPlatform): string => path.join(cwd, "hello", "src");
const change = (platform: BenchPlatform, line: string): void =>
  writeFileSync(path.join(sourceOf(platform), "changed.js"), `exports.line = "${line}";\n`);

interface Measured {
  /** From the command to the finished build, ms. */
  readonly totalMs: number;
  /** Seconds, as the API servers have them. */
  readonly phases: Readonly<Record<string, number>>;
}

/** One build by `choreo-dev build`. */
const byArgo = (platform: BenchPlatform, endpoint: Endpoint) => async (): Promise<Measured> => {
  const client = connect(endpoint);
  const began = Date.now();
  const { ms, stdout } = platform.choreo("build", "hello");
  const build = /^build\/(\S+)/.exec(stdout)?.[1] ?? "";
  const found = await client.get<Build>({
    ...{ apiVersion: "core.choreo.dev/v1", kind: "Build", name: build, namespace: "default-org" },
  });
  const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { labelSelector: `build=${build}` });
  client.close();
  const pod = pods.items[0] as unknown as Pod;
  const ended = (container: string): number =>
    Date.parse(pod.status.containerStatuses.find((one) => one.name === container)?.state.terminated?.finishedAt ?? "");
  const completed = found?.status?.conditions?.find(({ type }) => type === "Completed")?.lastTransitionTime ?? "";
  const marks: [string, number][] = [
    ["send", Date.parse(found?.metadata.creationTimestamp ?? "")],
    ["workflow and pod", Date.parse(pod.metadata.creationTimestamp)],
    [
      "containers",
      Date.parse(
        pod.status.containerStatuses.find((one) => one.name === "clone-step")?.state.terminated?.startedAt ?? "",
      ),
    ],
    ["clone", ended("clone-step")],
    ["test", ended("test-step")],
    ["build", ended("build-step")],
    ["push", ended("main")],
    ["outputs and status", Date.parse(completed)],
  ];
  const phases = marks.map(([phase, at], index) => [phase, (at - (marks[index - 1]?.[1] ?? began)) / 1000] as const);
  return { totalMs: Math.min(ms, Date.parse(completed) - began), phases: Object.fromEntries(phases) };
};

interface Pod {
  readonly metadata: { readonly creationTimestamp: string };
  readonly status: {
    readonly containerStatuses: readonly {
      readonly name: string;
      readonly state: { readonly terminated?: { readonly startedAt: string; readonly finishedAt: string } };
    }[];
  };
}

/** The same scripts in the pod of the daemon, ms. */
const byHand =
  (platform: BenchPlatform, endpoint: Endpoint) =>
  async (line: string): Promise<number> => {
    change(platform, line);
    const client = connect(endpoint);
    const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "choreo-build" });
    client.close();
    const pod = { namespace: "choreo-build", name: (pods.items[0] as AnyObject).metadata.name };
    const run = async (script: string, ...args: string[]): Promise<void> => {
      const command = ["sh", "-c", script, "bench", ...args];
      const { stderr, stdout, code } = await execInPod(endpoint, { pod, command });
      if (code !== 0) throw new Error(`${script.slice(0, 80)} failed:\n${stdout}${stderr}`);
    };
    await run("rm -rf /tmp/bench; mkdir -p /tmp/bench/steps");
    for (const [file, text] of Object.entries(await readStepFiles()))
      await run('printf %s "$2" > "/tmp/bench/steps/$1"', file, text);
    const { packed } = await packWorkingTree(sourceOf(platform), undefined);
    const began = performance.now();
    const { reference } = await pushSource(createRegistryClient(registryPort(platform)), "sources/bench", packed);
    const variables = {
      ...{ STEPS: "/tmp/bench/steps", WORKSPACE: "/tmp/bench", SOURCE_ARTIFACT: `choreo-registry:5000/${reference}` },
      ...{ SOURCE_PATH: ".", CONTEXT: ".", IMAGE: "bench", TAG: "main", REGISTRIES: "choreo-registry:5000" },
      BUILDKIT_HOST: "unix:///run/choreo-buildkit/buildkitd.sock",
    };
    const exports = Object.entries(variables).map(([key, value]) => `export ${key}='${value}'`);
    await run(
      [...exports, "set -e", ...["clone", "test", "build", "push"].map((step) => `sh $STEPS/${step}.sh`)].join("\n"),
    );
    const ms = performance.now() - began;
    await packed.discard();
    return ms;
  };

const main = async (platform: BenchPlatform): Promise<void> => {
  const { choreo, cwd, name, state } = platform;
  cpSync("samples/service-from-source", path.join(cwd, "hello"), { recursive: true });
  // What is measured is the build and not the deployment of what it made.
  const resources = path.join(cwd, "hello", "resources.yaml");
  writeFileSync(resources, readFileSync(resources, "utf8").replace("autoDeploy: true", "autoDeploy: false"));
  choreo("apply", "-f", "hello");
  choreo("build", "hello");
  const kubeconfig = readFileSync(path.join(state, "kubeconfigs", `${name}.yaml`), "utf8");
  const endpoint = await endpointFromKubeconfig(kubeconfig, `kind-${name}`);
  const [argo, hand] = [byArgo(platform, endpoint), byHand(platform, endpoint)];
  const measured: Measured[] = [];
  const floors: number[] = [];
  for (let index = 0; index < Number(values.builds); index++) {
    change(platform, `argo ${index}`);
    measured.push(await argo());
    floors.push(await hand(`hand ${index}`));
  }
  const p50 = (numbers: readonly number[]): number => rounded(percentile(numbers, 0.5) / 1000, 2);
  const average = (phase: string): number =>
    rounded(measured.reduce((sum, { phases }) => sum + (phases[phase] ?? 0), 0) / measured.length, 2);
  const report = {
    ...{ name: "build", engine: "kind", builds: measured.length },
    p50Seconds: p50(measured.map(({ totalMs }) => totalMs)),
    byHandP50Seconds: p50(floors),
    overheadP50Seconds: p50(measured.map(({ totalMs }, index) => totalMs - (floors[index] ?? 0))),
    phasesSeconds: Object.fromEntries(Object.keys(measured[0]?.phases ?? {}).map((phase) => [phase, average(phase)])),
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
};

await withPlatform("kind", main);

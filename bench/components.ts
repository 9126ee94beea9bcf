// `npm run bench:components -- --json [--count N]`: so many components of type Service applied at once on the embedded engine; how long
// until all of their Deployments are Ready, and how long a GET takes meanwhile.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "../src/k8s/connect.ts";
import { endpointFromKubeconfig } from "../src/k8s/kubeconfig.ts";
import { percentile, rounded, timed } from "./measure.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, count: { type: "string", default: "200" } },
});
const count = Number(values.count);
const bin = path.resolve("bin/choreo-dev.js");
const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-bench-"));
const cwd = path.join(home, "project");
const name = `b${randomBytes(3).toString("hex")}`;
const env = {
  ...process.env,
  HOME: home,
  XDG_STATE_HOME: path.join(home, "state"),
  KUBECONFIG: path.join(home, "kubeconfig"),
  CI: "true",
};
const choreo = (...args: string[]): ReturnType<typeof timed> => timed(process.execPath, [bin, ...args], { cwd, env });

const labels = (more: object): object => ({
  "core.choreo.dev/organization": "default-org",
  "core.choreo.dev/project": "default-project",
  ...more,
});

const component = (index: number): object[] => {
  const own = `load-${index}`;
  const common = { "core.choreo.dev/component": own, "core.choreo.dev/deployment-track": "main" };
  const object = (kind: string, objectName: string, more: object, spec: object): object => ({
    apiVersion: "core.choreo.dev/v1",
    kind,
    metadata: {
      name: objectName,
      namespace: "default-org",
      labels: labels({ ...more, "core.choreo.dev/name": objectName }),
    },
    spec,
  });
  const track = object("DeploymentTrack", `${own}-main`, { "core.choreo.dev/component": own }, {}) as {
    metadata: { labels: Record<string, string> };
  };
  track.metadata.labels["core.choreo.dev/name"] = "main";
  return [
    object(
      "Component",
      own,
      {},
      {
        type: "Service",
        source: { containerRegistry: { imageName: "docker.io/library/load" }, local: { path: "src" } },
      },
    ),
    track,
    object("DeployableArtifact", `${own}-v1`, common, {
      targetArtifact: { fromImageRef: { tag: "1" } },
      configuration: {
        endpointTemplates: [
          {
            metadata: { name: "web" },
            spec: {
              type: "REST",
              service: { port: 8080, basePath: "/" },
              networkVisibilities: { public: { enable: true } },
            },
          },
        ],
      },
    }),
    object(
      "Deployment",
      `${own}-development`,
      { ...common, "core.choreo.dev/environment": "development" },
      { deploymentArtifactRef: `${own}-v1` },
    ),
  ];
};

/** How long `apply` takes, ms; it runs beside what is measured. */
const applied = async (): Promise<number> => {
  const began = performance.now();
  const child = spawn(process.execPath, [bin, "apply", "-f", "load", "--no-wait"], {
    cwd,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`apply exited with ${code}`);
  return performance.now() - began;
};

const supervisorRss = (): number => {
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (line.includes("supervisor.js") && line.includes(home))
        return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
    } catch {
      continue;
    }
  }
  return Number.NaN;
};

const main = async (): Promise<void> => {
  mkdirSync(path.join(cwd, "load", "src"), { recursive: true });
  writeFileSync(
    path.join(cwd, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: embedded\n`,
  );
  writeFileSync(
    path.join(cwd, "load", "src", "index.js"),
    'require("node:http").createServer((_, response) => response.end("ok")).listen(8080);\n',
  );
  const objects = Array.from({ length: count }, (_, index) => component(index)).flat();
  writeFileSync(path.join(cwd, "load", "all.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  const up = choreo("up");
  const kubeconfig = path.join(home, "state", "choreo-dev", name, "kubeconfigs", `${name}.yaml`);
  const client = connect(await endpointFromKubeconfig(readFileSync(kubeconfig, "utf8")));
  const began = performance.now();
  let applySeconds = Number.NaN;
  const applying = applied().then((ms) => (applySeconds = ms / 1000));
  const gets: number[] = [];
  for (;;) {
    const asked = performance.now();
    await client.get({
      apiVersion: "core.choreo.dev/v1",
      kind: "Deployment",
      namespace: "default-org",
      name: "load-0-development",
    });
    gets.push(performance.now() - asked);
    if (gets.length % 20 === 0) {
      const { items } = await client.list({ apiVersion: "core.choreo.dev/v1", kind: "Deployment" });
      const ready = items.filter((object) =>
        ((object["status"] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []).some(
          ({ type, status }) => type === "Ready" && status === "True",
        ),
      );
      process.stderr.write(
        `${ready.length} of ${count} are Ready after ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
      );
      if (ready.length >= count) break;
      if (performance.now() - began > 300_000) throw new Error("not all Deployments are Ready after 300 s");
    }
    await delay(50);
  }
  await applying;
  const seconds = (performance.now() - began) / 1000;
  const rss = supervisorRss();
  client.close();
  const down = choreo("down", "--force");
  const report = {
    components: count,
    upSeconds: rounded(up.ms / 1000, 2),
    applySeconds: rounded(applySeconds, 1),
    readySeconds: rounded(seconds, 1),
    getP50Ms: rounded(percentile(gets, 0.5), 1),
    getP99Ms: rounded(percentile(gets, 0.99), 1),
    supervisorMB: rounded(rss),
    downSeconds: rounded(down.ms / 1000, 1),
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
};

try {
  await main();
} finally {
  rmSync(home, { recursive: true, force: true });
}

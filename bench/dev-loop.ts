// `npm run bench:dev-loop -- --engine embedded|kind --json [--saves N]`: how long from a save until the gateway answers with it, for a Node.js
// service in `choreo-dev dev`. Beside it, in the same run: the floor, a plain restart of the same program until it answers.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { percentile, rounded, timed } from "./measure.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    engine: { type: "string", default: "embedded" },
    saves: { type: "string", default: "30" },
  },
});
const saves = Number(values.saves);
const bin = path.resolve("bin/choreo-dev.js");
const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-bench-"));
const cwd = path.join(home, "project");
const name = `b${randomBytes(3).toString("hex")}`;
const state = path.join(home, "state");
const env = {
  ...process.env,
  HOME: home,
  XDG_STATE_HOME: state,
  KUBECONFIG: path.join(home, "kubeconfig"),
  CI: "true",
};
const choreo = (...args: string[]): ReturnType<typeof timed> => timed(process.execPath, [bin, ...args], { cwd, env });
const LIMIT_MS = 120_000;

const program = (answer: string, port: string): string =>
  `require("node:http").createServer((_, response) => response.end(${JSON.stringify(answer)})).listen(${port});\n`;

/** Milliseconds until `ask` answers so. */
const until = async (wanted: string, ask: () => Promise<string>): Promise<number> => {
  const began = performance.now();
  for (;;) {
    if ((await ask().catch(() => "")) === wanted) return performance.now() - began;
    if (performance.now() - began > LIMIT_MS) throw new Error(`no answer ${wanted} within ${LIMIT_MS / 1000} s`);
    await delay(2);
  }
};

/** The same program, killed and started again by nobody's help. */
const floor = async (): Promise<number[]> => {
  const file = path.join(home, "floor.js");
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const ask = async (): Promise<string> => {
    const request = http.get({ host: "127.0.0.1", port });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    return text(response);
  };
  let child: ChildProcess | undefined;
  const times: number[] = [];
  for (let save = 0; save < saves; save++) {
    const answer = `floor ${save}`;
    writeFileSync(file, program(answer, String(port)));
    const began = performance.now();
    if (child !== undefined) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    child = spawn(process.execPath, [file], { stdio: "ignore" });
    await until(answer, ask);
    times.push(performance.now() - began);
  }
  child?.kill("SIGKILL");
  return times;
};

const measure = async (): Promise<number[]> => {
  const source = path.join(cwd, "hello", "src", "server.js");
  const url = new URL(choreo("url", "hello", "-e", "development").stdout.trim());
  const agent = new https.Agent({ keepAlive: true });
  const ca = readFileSync(path.join(state, "choreo-dev", name, "ca", "ca.pem"));
  const ask = async (): Promise<string> => {
    const { hostname: servername, port, pathname, host } = url;
    const request = https.get({ host: "127.0.0.1", port, path: pathname, servername, headers: { host }, ca, agent });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    return text(response);
  };
  const dev = spawn(process.execPath, [bin, "dev", "hello", "-o", "ndjson"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  dev.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const times: number[] = [];
  try {
    while (!told.includes('"watching"')) await delay(20);
    await delay(1000);
    for (let save = 0; save < saves; save++) {
      const answer = `save ${save}`;
      writeFileSync(source, program(answer, "9090"));
      times.push(await until(answer, ask));
      // As somebody who looks at the result: the deployment before is over.
      await delay(700);
    }
  } finally {
    agent.destroy();
    dev.kill("SIGINT");
    await once(dev, "exit");
  }
  return times;
};

/** Where there are no builds, what a build would have made. */
const deployed = {
  apiVersion: "v1",
  kind: "List",
  items: ["DeployableArtifact", "Deployment"].map((kind) => {
    const label = (key: string, value: string): [string, string] => [`core.choreo.dev/${key}`, value];
    const labels = Object.fromEntries([
      label("organization", "default-org"),
      label("project", "default-project"),
      label("component", "hello"),
      label("deployment-track", "main"),
      label("name", `hello-${kind.toLowerCase()}`),
      ...(kind === "Deployment" ? [label("environment", "development")] : []),
    ]);
    const service = {
      type: "REST",
      service: { port: 9090, basePath: "/hello" },
      networkVisibilities: { public: { enable: true } },
    };
    const spec =
      kind === "Deployment"
        ? { deploymentArtifactRef: "hello-v1" }
        : {
            targetArtifact: { fromImageRef: { tag: "1" } },
            configuration: { endpointTemplates: [{ metadata: { name: "hello" }, spec: service }] },
          };
    const metadata = {
      name: kind === "Deployment" ? "hello-development" : "hello-v1",
      namespace: "default-org",
      labels,
    };
    return { apiVersion: "core.choreo.dev/v1", kind, metadata, spec };
  }),
};

const main = async (): Promise<void> => {
  mkdirSync(cwd, { recursive: true });
  cpSync("samples/service-from-source", path.join(cwd, "hello"), { recursive: true });
  writeFileSync(
    path.join(cwd, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: ${values.engine}\n`,
  );
  choreo("up");
  try {
    if (values.engine === "embedded") {
      const file = path.join(cwd, "hello", "resources.yaml");
      const component = readFileSync(file, "utf8").replace(
        "  source:\n",
        "  source:\n    containerRegistry: { imageName: x.test/hello }\n",
      );
      writeFileSync(file, component);
      writeFileSync(path.join(cwd, "hello", "deployed.json"), JSON.stringify(deployed));
      choreo("apply", "-f", "hello");
    } else {
      // What is measured is the loop, not the tests of the sample.
      rmSync(path.join(cwd, "hello", "src", "greeting.test.js"));
      choreo("apply", "-f", "hello");
      choreo("build", "hello");
    }
    const times = await measure();
    const floors = await floor();
    const report = {
      name: "dev-loop",
      engine: values.engine,
      saves,
      p50Ms: rounded(percentile(times, 0.5)),
      p95Ms: rounded(percentile(times, 0.95)),
      floorP50Ms: rounded(percentile(floors, 0.5)),
      ratio: rounded(percentile(times, 0.5) / percentile(floors, 0.5), 2),
    };
    process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
  } finally {
    choreo("down", "--force");
  }
};

try {
  await main();
} finally {
  rmSync(home, { recursive: true, force: true });
}

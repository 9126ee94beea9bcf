// `npm run bench:dev-loop -- --engine embedded|kind --json [--saves N] [--rebuilds N]`: how long from a save until the gateway answers with it,
// in `choreo-dev dev`: code of a Node.js service, a file of a static site, on kind a change that asks for an image, and a burst of 100 files. Beside
// them, in the same run, the floors: a plain restart of the same program until it answers, and a plain copy of the same file.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
    rebuilds: { type: "string", default: "30" },
  },
});
const saves = Number(values.saves);
const isKind = values.engine === "kind";
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

/** Without an answer of its own it gives the one of its image. */
const program = (answer: string | undefined, port: string): string =>
  `require("node:http").createServer((_, response) => response.end(${answer === undefined ? "process.env.ANSWER" : JSON.stringify(answer)})).listen(${port});\n`;

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
const restartFloor = async (): Promise<number[]> => {
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

/** A file that is copied whole and put in place, and read there. */
const copyFloor = (): number[] => {
  const [source, target] = [path.join(home, "page.html"), path.join(home, "served.html")];
  return Array.from({ length: saves }, (_, save) => {
    writeFileSync(source, page(`copy ${save}`));
    const began = performance.now();
    copyFileSync(source, `${target}.new`);
    renameSync(`${target}.new`, target);
    if (readFileSync(target, "utf8") !== page(`copy ${save}`)) throw new Error("the copy is another one");
    return performance.now() - began;
  });
};

const page = (answer: string): string => `<!doctype html><p>${answer}</p>\n`;
const dockerfile = (answer: string): string =>
  `FROM docker.io/library/node:20-slim\nENV ANSWER="${answer}"\nWORKDIR /app\nCOPY . .\nEXPOSE 9090\nUSER 1000\nCMD ["node", "server.js"]\n`;

interface Component {
  readonly name: string;
  readonly type: string;
  /** Files that it begins with; the Dockerfile tells its port. */
  readonly files: Readonly<Record<string, string>>;
}

const HELLO: Component = {
  name: "hello",
  type: "Service",
  files: { Dockerfile: dockerfile("first"), "server.js": program("first", "9090") },
};
const SITE: Component = {
  name: "site",
  type: "WebApplication",
  files: {
    Dockerfile: "FROM docker.io/library/nginx:1.26\nCOPY . /usr/share/nginx/html/\nEXPOSE 80\n",
    ".dockerignore": "Dockerfile\n",
    "index.html": page("first"),
  },
};
const fileOf = (component: Component, file: string): string => path.join(cwd, component.name, "src", file);

const resources = (component: Component): object => {
  const labels = (own: Record<string, string>): object =>
    Object.fromEntries(
      Object.entries({ organization: "default-org", project: "default-project", ...own }).map(([key, value]) => [
        `core.choreo.dev/${key}`,
        value,
      ]),
    );
  const object = (kind: string, title: string, own: Record<string, string>, spec: object): object => ({
    ...{ apiVersion: "core.choreo.dev/v1", kind, spec },
    metadata: { name: title, namespace: "default-org", labels: labels(own) },
  });
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      object(
        "Component",
        component.name,
        { name: component.name },
        {
          type: component.type,
          source: { local: { path: "src" } },
        },
      ),
      object(
        "DeploymentTrack",
        `${component.name}-main`,
        { name: "main", component: component.name },
        { autoDeploy: true },
      ),
    ],
  };
};

const deploy = (component: Component): void => {
  for (const [file, content] of Object.entries(component.files)) {
    mkdirSync(path.dirname(fileOf(component, file)), { recursive: true });
    writeFileSync(fileOf(component, file), content);
  }
  writeFileSync(path.join(cwd, component.name, "resources.json"), JSON.stringify(resources(component)));
  choreo("apply", "-f", component.name);
  choreo("build", component.name);
};

/** Asks a component through the gateway, over one connection. */
const asker = (component: Component): { readonly ask: () => Promise<string>; readonly close: () => void } => {
  const url = new URL(choreo("url", component.name, "-e", "development").stdout.trim());
  const agent = new https.Agent({ keepAlive: true });
  const ca = readFileSync(path.join(state, "choreo-dev", name, "ca", "ca.pem"));
  const { hostname: servername, port, pathname, host } = url;
  return {
    ask: async () => {
      const request = https.get({ host: "127.0.0.1", port, path: pathname, servername, headers: { host }, ca, agent });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      return text(response);
    },
    close: () => agent.destroy(),
  };
};

interface Session {
  /** Changes that were told so far. */
  changes(): number;
  /** Milliseconds by phase of the changes that were told to go this path. */
  phasesOf(path: string): Readonly<Record<string, number[]>>;
  close(): Promise<void>;
}

interface Change {
  readonly type: string;
  readonly outcome: { readonly path: string; readonly phases: readonly (readonly [phase: string, ms: number])[] };
}

/** `choreo-dev dev` over both components, with what it does first behind it. */
const openSession = async (): Promise<Session> => {
  const dev = spawn(process.execPath, [bin, "dev", "-o", "ndjson"], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  dev.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const events = (): Change[] =>
    told
      .slice(0, told.lastIndexOf("\n") + 1)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Change)
      .filter(({ type }) => type === "change");
  const changes = (): number => events().length;
  for (const began = performance.now(); changes() < (isKind ? 2 : 1); await delay(20))
    if (performance.now() - began > LIMIT_MS) throw new Error(`the session has begun with: ${told}`);
  await delay(2000);
  return {
    changes,
    phasesOf: (path) => {
      const phases: Record<string, number[]> = {};
      for (const { outcome } of events().filter((change) => change.outcome.path === path))
        for (const [phase, ms] of outcome.phases) (phases[phase] ??= []).push(ms);
      return phases;
    },
    close: async () => {
      dev.kill("SIGINT");
      await once(dev, "exit");
    },
  };
};

/** Writes what `content` gives for an answer, and measures until it is answered. */
const measure = async (component: Component, { file, content, answer = content, count }: Save): Promise<number[]> => {
  const { ask, close } = asker(component);
  const times: number[] = [];
  for (let save = 0; save < count; save++) {
    writeFileSync(fileOf(component, file), content(`${file} ${save}`));
    times.push(await until(answer(`${file} ${save}`), ask));
    // As somebody who looks at the result.
    await delay(700);
  }
  close();
  return times;
};

interface Save {
  readonly file: string;
  readonly content: (text: string) => string;
  readonly answer?: (text: string) => string;
  readonly count: number;
}

/** Deployments that 100 files at once come to. */
const burst = async (session: Session): Promise<number> => {
  const { ask, close } = asker(HELLO);
  const before = session.changes();
  for (let index = 0; index < 99; index++) writeFileSync(fileOf(HELLO, `part-${index}.js`), `// ${index}\n`);
  writeFileSync(fileOf(HELLO, "server.js"), program("burst", "9090"));
  await until("burst", ask);
  await delay(2000);
  close();
  return session.changes() - before;
};

const told = (times: readonly number[]): object => ({
  count: times.length,
  p50Ms: rounded(percentile(times, 0.5)),
  p95Ms: rounded(percentile(times, 0.95)),
});

const p50OfPhases = (phases: Readonly<Record<string, number[]>>): object =>
  Object.fromEntries(Object.entries(phases).map(([phase, times]) => [phase, rounded(percentile(times, 0.5))]));

const same = (answer: string): string => answer;

const main = async (): Promise<void> => {
  mkdirSync(cwd, { recursive: true });
  writeFileSync(
    path.join(cwd, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: ${values.engine}\n`,
  );
  try {
    choreo("up");
    deploy(HELLO);
    deploy(SITE);
    const session = await openSession();
    const code = await measure(HELLO, {
      ...{ file: "server.js", content: (answer) => program(answer, "9090"), answer: same, count: saves },
    });
    const files = await measure(SITE, { file: "index.html", content: page, count: saves });
    const deployments = await burst(session);
    writeFileSync(fileOf(HELLO, "server.js"), program(undefined, "9090"));
    await delay(2000);
    const rebuilds = isKind
      ? await measure(HELLO, { file: "Dockerfile", content: dockerfile, answer: same, count: Number(values.rebuilds) })
      : undefined;
    // Without the first, which makes the image of the session.
    const phases = isKind ? { rebuildPhasesP50Ms: p50OfPhases(session.phasesOf("rebuild")) } : {};
    await session.close();
    const [restarts, copies] = [await restartFloor(), copyFloor()];
    const report = {
      ...{ name: "dev-loop", engine: values.engine },
      ...{ code: told(code), file: told(files), rebuild: rebuilds === undefined ? undefined : told(rebuilds) },
      ...phases,
      ...{ burst: { files: 100, deployments }, floors: { restart: told(restarts), copy: told(copies) } },
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

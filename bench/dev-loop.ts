// `npm run bench:dev-loop -- --engine embedded|kind --json [--saves N] [--rebuilds N]`: how long from a save until the gateway answers with it,
// in `choreo-dev dev`: code of a Node.js service, a file of a static site, on kind a change that asks for an image, and a burst of 100 files. Beside
// them, in the same run, the floors: a plain restart of the same program until it answers, and a plain copy of the same file.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { asker, type BenchComponent, deploy, fileOf, until } from "./component.ts";
import { percentile, rounded } from "./measure.ts";
import { type BenchPlatform, withPlatform } from "./platform.ts";
import { type BenchSession, openSession } from "./session.ts";

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

/** Without an answer of its own it gives the one of its image. */
const program = (answer: string | undefined, port: string): string =>
  `require("node:http").createServer((_, response) => response.end(${answer === undefined ? "process.env.ANSWER" : JSON.stringify(answer)})).listen(${port});\n`;

/** The same program, killed and started again by nobody's help. */
const restartFloor = async ({ home }: BenchPlatform): Promise<number[]> => {
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
const copyFloor = ({ home }: BenchPlatform): number[] => {
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

const HELLO: BenchComponent = {
  name: "hello",
  type: "Service",
  files: { Dockerfile: dockerfile("first"), "server.js": program("first", "9090") },
};
const SITE: BenchComponent = {
  name: "site",
  type: "WebApplication",
  files: {
    Dockerfile: "FROM docker.io/library/nginx:1.26\nCOPY . /usr/share/nginx/html/\nEXPOSE 80\n",
    ".dockerignore": "Dockerfile\n",
    "index.html": page("first"),
  },
};
/** Writes what `content` gives for an answer, and measures until it is answered. */
const measure = async (
  platform: BenchPlatform,
  component: BenchComponent,
  { file, content, answer = content, count }: Save,
): Promise<number[]> => {
  const { ask, close } = asker(platform, component);
  const times: number[] = [];
  for (let save = 0; save < count; save++) {
    writeFileSync(fileOf(platform, component, file), content(`${file} ${save}`));
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
const burst = async (platform: BenchPlatform, session: BenchSession): Promise<number> => {
  const { ask, close } = asker(platform, HELLO);
  const before = session.changes();
  for (let index = 0; index < 99; index++) writeFileSync(fileOf(platform, HELLO, `part-${index}.js`), `// ${index}\n`);
  writeFileSync(fileOf(platform, HELLO, "server.js"), program("burst", "9090"));
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

const toldPhases = (phases: Readonly<Record<string, number[]>>): object =>
  Object.fromEntries(Object.entries(phases).map(([phase, times]) => [phase, told(times)]));

const same = (answer: string): string => answer;

const main = async (platform: BenchPlatform): Promise<void> => {
  for (const component of [HELLO, SITE]) deploy(platform, component);
  const session = await openSession(platform, { deployments: isKind ? 2 : 1 });
  const code = await measure(platform, HELLO, {
    ...{ file: "server.js", content: (answer) => program(answer, "9090"), answer: same, count: saves },
  });
  const files = await measure(platform, SITE, { file: "index.html", content: page, count: saves });
  const deployments = await burst(platform, session);
  writeFileSync(fileOf(platform, HELLO, "server.js"), program(undefined, "9090"));
  await delay(2000);
  const count = Number(values.rebuilds);
  const rebuilds = isKind
    ? await measure(platform, HELLO, { file: "Dockerfile", content: dockerfile, answer: same, count })
    : undefined;
  const phases = isKind ? { rebuildPhases: toldPhases(session.phasesOf("rebuild")) } : {};
  await session.close();
  const [restarts, copies] = [await restartFloor(platform), copyFloor(platform)];
  const report = {
    ...{ name: "dev-loop", engine: values.engine },
    ...{ code: told(code), file: told(files), rebuild: rebuilds === undefined ? undefined : told(rebuilds) },
    ...phases,
    ...{ burst: { files: 100, deployments }, floors: { restart: told(restarts), copy: told(copies) } },
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
};

await withPlatform(values.engine, main);

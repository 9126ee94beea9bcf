import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DevEvent } from "../../src/dev/loop/session.ts";
import { applySource, type SourceComponent, sourceFile } from "../acceptance/source-component.ts";
import { createWorld } from "../acceptance/world.ts";
import { ask } from "../helpers/ask.ts";
import { defaultObject } from "../helpers/source-resources.ts";
import { untilTrue } from "../helpers/until.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");
const server = (answer: string): string =>
  `require("node:http").createServer((_, response) => response.end(${JSON.stringify(answer)})).listen(8080);\n`;

const own = { component: "api", "deployment-track": "main" };
const RESOURCES = [
  defaultObject(
    "Component",
    "api",
    { name: "api" },
    { type: "Service", source: { containerRegistry: { imageName: "x.test/api" }, local: { path: "src" } } },
  ),
  defaultObject("DeploymentTrack", "api-main", { name: "main", component: "api" }, {}),
  defaultObject(
    "DeployableArtifact",
    "api-v1",
    { ...own, name: "api-v1" },
    {
      targetArtifact: { fromImageRef: { tag: "1" } },
      configuration: {
        endpointTemplates: [{ metadata: { name: "http" }, spec: { type: "HTTP", service: { port: 8080 } } }],
      },
    },
  ),
  defaultObject(
    "Deployment",
    "api-development",
    { ...own, name: "api-development", environment: "development" },
    { deploymentArtifactRef: "api-v1" },
  ),
];

/** Nothing but its Dockerfile says how it is run. */
const PAGE: SourceComponent = {
  ...{ name: "page", type: "Service" },
  files: {
    Dockerfile: `FROM docker.io/library/node:20-slim\nCOPY . .\nEXPOSE 8080\nCMD ["node", "page.js"]\n`,
    "page.js": server("page one"),
  },
};

/** In order: each test saves what comes after the one before. */
describe("choreo-dev dev on the embedded engine", () => {
  const world = createWorld("embedded", "dev");
  const events: DevEvent[] = [];
  let child: ChildProcess;
  let source = "";
  let url = "";

  beforeAll(async () => {
    world.configure();
    source = path.join(world.box.dir, "api", "src");
    mkdirSync(source, { recursive: true });
    writeFileSync(path.join(source, "server.js"), server("one"));
    writeFileSync(
      path.join(world.box.dir, "api", "resources.json"),
      JSON.stringify({ apiVersion: "v1", kind: "List", items: RESOURCES }),
    );
    await world.box.ok(["up"]);
    await world.box.ok(["apply", "-f", "api"]);
    url = await world.url("api", "development");
    await applySource(world, PAGE);
    await world.box.ok(["build", PAGE.name]);
    child = spawn(process.execPath, [BIN, "dev", "-o", "ndjson"], {
      ...{ cwd: world.box.dir, env: world.box.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout === null) throw new Error("no output");
    createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line) as DevEvent));
    await untilTrue("both watches", async () =>
      events.filter(({ type }) => type === "watching").length === 2 ? true : undefined,
    );
  });
  afterAll(() => child.kill("SIGKILL"));

  /** At once: what was told to be served is, and nothing else. */
  const answer = async (): Promise<string> => (await ask(url, world.ca())).body;
  /** Does something to a file and waits until a change of it was told. */
  const change = async (file: string, work: () => void): Promise<Extract<DevEvent, { type: "change" }>> => {
    const from = events.length;
    work();
    return untilTrue(`the change of ${file}`, async () =>
      events
        .slice(from)
        .filter((event) => event.type === "change")
        .find(({ changes }) => changes.some(({ path: changed }) => changed === file)),
    );
  };
  const save = (file: string, text: string): ReturnType<typeof change> =>
    change(file, () => writeFileSync(path.join(source, file), text));

  test("serves what was saved when it says so", async () => {
    const { outcome, ms } = await save("server.js", server("two"));
    expect(outcome).toMatchObject({ path: "restart", state: "ready" });
    expect(ms).toBeGreaterThan(0);
    expect(await answer()).toBe("two");
  });

  test("keeps the last good version through errors, names file and line, and heals with the next save", async () => {
    const { outcome } = await save("server.js", "const answer = );\n");
    expect(outcome).toMatchObject({
      path: "restart",
      state: "failed",
      message: "SyntaxError: Unexpected token ')' (server.js:1)",
    });
    expect(await answer()).toBe("two");
    const thrown = await save("server.js", `\nthrow new Error("no settings");\n`);
    expect(thrown.outcome.message).toBe("Error: no settings (server.js:2)");
    expect(await answer()).toBe("two");
    const healed = await save("server.js", server("three"));
    expect(healed.outcome).toMatchObject({ state: "ready" });
    expect(await answer()).toBe("three");
  });

  test("tells at once that nothing says any more how a component is run, and goes on serving it", async () => {
    const file = sourceFile(world, PAGE, "Dockerfile");
    const { outcome } = await change("Dockerfile", () => rmSync(file));
    expect(outcome).toMatchObject({ path: "restart", state: "failed" });
    expect(outcome.message).toMatch(/^nothing in .* says how it is run: add /);
    expect((await world.ask(PAGE.name, "development")).body).toBe("page one");
    const healed = await change("Dockerfile", () => writeFileSync(file, PAGE.files["Dockerfile"] ?? ""));
    expect(healed.outcome).toMatchObject({ state: "ready" });
    expect((await world.ask(PAGE.name, "development")).body).toBe("page one");
  });

  test("deploys a burst of files once, and leaves alone what git ignores", async () => {
    const from = events.length;
    writeFileSync(path.join(source, ".gitignore"), "*.log\n");
    for (let index = 0; index < 100; index++) writeFileSync(path.join(source, `part-${index}.js`), `// ${index}\n`);
    writeFileSync(path.join(source, "debug.log"), "x");
    await save("server.js", server("four"));
    const changes = events.slice(from).filter((event) => event.type === "change");
    expect(changes.length).toBeLessThanOrEqual(2);
    expect(changes.flatMap((event) => event.changes.map((change) => change.path))).not.toContain("debug.log");
    expect(await answer()).toBe("four");
  });

  test("serves the last of its saves when the supervisor is killed between them", async () => {
    const pidFile = path.join(world.box.home, "state", "choreo-dev", world.name, "supervisor.pid");
    // Not `save`: what is told after a kill may be of the save before, which was served meanwhile.
    const saveUntilServed = async (text: string): Promise<void> => {
      writeFileSync(path.join(source, "server.js"), server(text));
      await untilTrue(`${text} to be served`, async () =>
        (await ask(url, world.ca()).catch(() => ({ body: "" }))).body === text ? true : undefined,
      );
    };
    for (const round of [1, 2]) {
      process.kill((JSON.parse(readFileSync(pidFile, "utf8")) as { pid: number }).pid, "SIGKILL");
      writeFileSync(path.join(source, "server.js"), server(`lost ${round}`));
      await world.box.ok(["up"]);
      await saveUntilServed(`kept ${round}`);
    }
    await saveUntilServed("five");
    expect(await answer()).toBe("five");
  });

  test("ends with Ctrl-C, and what it deployed stays", async () => {
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(130);
    expect(await answer()).toBe("five");
  });
});

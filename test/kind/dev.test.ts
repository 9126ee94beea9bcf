import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DevEvent } from "../../src/dev/loop/session.ts";
import { createWorld } from "../acceptance/world.ts";
import { untilTrue } from "../helpers/until.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");

interface Component {
  readonly name: string;
  readonly type: "Service" | "WebApplication";
  readonly files: Readonly<Record<string, string>>;
}

const node = (answer: string): string => `
  const files = () => require("node:fs").readdirSync(".").sort().join(" ");
  require("node:http")
    .createServer((request, response) => response.end(request.url.endsWith("/files") ? files() : ${JSON.stringify(answer)} + process.env.SUFFIX))
    .listen(8080);`;
const nodeImage = (suffix: string): string =>
  `FROM docker.io/library/node:20-slim\nENV SUFFIX="${suffix}"\nWORKDIR /app\nCOPY . .\nEXPOSE 8080\nUSER 1000\nCMD ["node", "server.js"]\n`;
const python = (answer: string): string => `
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b${JSON.stringify(answer)})
HTTPServer(("", 8080), Handler).serve_forever()
`;

const API: Component = {
  ...{ name: "api", type: "Service" },
  files: { Dockerfile: nodeImage("!"), "server.js": node("one") },
};
const WORKER: Component = {
  ...{ name: "worker", type: "Service" },
  files: {
    Dockerfile:
      'FROM docker.io/library/python:3.13-slim\nWORKDIR /srv\nCOPY app.py .\nEXPOSE 8080\nUSER 65532\nCMD ["python", "-u", "app.py"]\n',
    "app.py": python("one"),
  },
};
const SITE: Component = {
  ...{ name: "site", type: "WebApplication" },
  files: {
    Dockerfile: "FROM docker.io/library/nginx:1.26\nCOPY . /usr/share/nginx/html/\nEXPOSE 80\n",
    ".dockerignore": "Dockerfile\n",
    "index.html": "one",
  },
};

const resources = ({ name, type }: Component): object => {
  const object = (kind: string, title: string, own: Record<string, string>, spec: object): object => ({
    ...{ apiVersion: "core.choreo.dev/v1", kind, spec },
    metadata: {
      ...{ name: title, namespace: "default-org" },
      labels: Object.fromEntries(
        Object.entries({ organization: "default-org", project: "default-project", ...own }).map(([key, value]) => [
          `core.choreo.dev/${key}`,
          value,
        ]),
      ),
    },
  });
  return {
    ...{ apiVersion: "v1", kind: "List" },
    items: [
      object("Component", name, { name }, { type, source: { local: { path: "src" } } }),
      object("DeploymentTrack", `${name}-main`, { name: "main", component: name }, { autoDeploy: true }),
    ],
  };
};

type Change = Extract<DevEvent, { type: "change" }>;

/** In order: each test saves what comes after the one before. */
describe("choreo-dev dev on kind", () => {
  const world = createWorld("kind", "dev");
  const events: DevEvent[] = [];
  let child: ChildProcess | undefined;
  const source = ({ name }: Component, file: string): string => path.join(world.box.dir, name, "src", file);
  const answer = async ({ name }: Component, below = ""): Promise<string> =>
    (await world.ask(name, "development", below)).body;
  const changesOf = (component: Component, from: number): Change[] =>
    events
      .slice(from)
      .filter((event) => event.type === "change")
      .filter((event) => event.component === component.name);
  /** Does something to the folder of a component, and waits until its change was told. */
  const changed = async (component: Component, work: () => void): Promise<Change> => {
    const from = events.length;
    work();
    return untilTrue(`a change of ${component.name}`, async () => changesOf(component, from)[0]);
  };
  const save = (component: Component, file: string, text: string): Promise<Change> =>
    changed(component, () => writeFileSync(source(component, file), text));

  beforeAll(async () => {
    world.configure();
    await world.box.ok(["up"]);
    for (const component of [API, WORKER, SITE]) {
      mkdirSync(source(component, ""), { recursive: true });
      for (const [file, text] of Object.entries(component.files)) writeFileSync(source(component, file), text);
      writeFileSync(path.join(world.box.dir, component.name, "resources.json"), JSON.stringify(resources(component)));
      await world.box.ok(["apply", "-f", component.name]);
    }
    const session = spawn(process.execPath, [BIN, "dev", "-o", "ndjson"], {
      ...{ cwd: world.box.dir, env: world.box.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = session;
    createInterface({ input: session.stdout }).on("line", (line) => events.push(JSON.parse(line) as DevEvent));
    await untilTrue(
      "the first deployments",
      async () =>
        [API, WORKER, SITE].every((component) => changesOf(component, 0)[0]?.outcome.state === "ready") || undefined,
      600_000,
    );
  });
  afterAll(() => void child?.kill("SIGKILL"));

  test("code goes as a file into the running pod, of an image whose user may write nothing", async () => {
    expect((await save(API, "server.js", node("two"))).outcome).toMatchObject({
      path: "sync → restart",
      state: "ready",
    });
    expect(await answer(API)).toBe("two!");
    expect((await save(WORKER, "app.py", python("two"))).outcome).toMatchObject({
      path: "sync → restart",
      state: "ready",
    });
    expect(await answer(WORKER)).toBe("two");
    expect((await save(SITE, "index.html", "two")).outcome).toMatchObject({ path: "sync", state: "ready" });
    expect(await answer(SITE)).toBe("two");
  });

  test("a program that does not start takes nothing down, and the next save heals", async () => {
    const { outcome } = await save(API, "server.js", "const = 1;");
    expect(outcome).toMatchObject({ state: "failed" });
    expect(outcome.message).toMatch(/^SyntaxError: .*\(server\.js:1\)$/);
    expect(await answer(API)).toBe("two!");
    expect((await save(API, "server.js", node("three"))).outcome.state).toBe("ready");
    expect(await answer(API)).toBe("three!");
  });

  test("a hundred files at once are one deployment; what is removed is gone in the pod too", async () => {
    const from = events.length;
    await changed(API, () => {
      mkdirSync(source(API, "parts"));
      for (let index = 0; index < 100; index++) writeFileSync(source(API, `parts/${index}.js`), `// ${index}\n`);
    });
    expect(await answer(API, "/files")).toBe("Dockerfile parts server.js");
    await changed(API, () => rmSync(source(API, "parts"), { recursive: true }));
    expect(await answer(API, "/files")).toBe("Dockerfile server.js");
    expect(changesOf(API, from)).toHaveLength(2);
  });

  test("the Dockerfile is built, its pods take files as before, and what fails changes nothing", async () => {
    const { outcome } = await save(API, "Dockerfile", nodeImage("?"));
    expect(outcome).toMatchObject({ path: "rebuild", state: "ready" });
    expect(await answer(API)).toBe("three?");
    const failed = await save(API, "Dockerfile", "FROM docker.io/library/node:20-slim\nRUN exit 7\n");
    expect(failed.outcome).toMatchObject({ path: "rebuild", state: "failed" });
    expect(failed.outcome.message).toContain("exit code: 7");
    expect(await answer(API)).toBe("three?");
    expect((await save(API, "Dockerfile", nodeImage("?"))).outcome.state).toBe("ready");
    expect((await save(API, "server.js", node("four"))).outcome.path).toBe("sync → restart");
    expect(await answer(API)).toBe("four?");
  });

  test("what no image has is not promoted, and goes with its Deployment", async () => {
    const refused = await world.box.run(["promote", "api"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("choreo-dev build api");
    child?.kill("SIGINT");
    await untilTrue("the end of the session", async () => child?.exitCode ?? undefined);
    expect(await answer(API)).toBe("four?");
    await world.box.ok(["build", "api"]);
    expect(await answer(API)).toBe("four?");
    for (const component of [API, WORKER, SITE]) await world.box.ok(["delete", "-f", component.name]);
    const sync = path.join(world.box.home, "state", "choreo-dev", world.name, "sync");
    await untilTrue("the saved files to be gone", async () => (readdirSync(sync).length === 0 ? true : undefined));
  });
});

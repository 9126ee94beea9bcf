import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setInterval } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Change, type DevSession, startDevSession } from "../acceptance/dev-session.ts";
import { restartsOf } from "../acceptance/restarts.ts";
import { applySource, nodeProgram, type SourceComponent, sourceFile } from "../acceptance/source-component.ts";
import { createWorld } from "../acceptance/world.ts";
import { type Answer, ask } from "../helpers/ask.ts";
import { untilTrue } from "../helpers/until.ts";

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

const API: SourceComponent = {
  ...{ name: "api", type: "Service" },
  files: { Dockerfile: nodeImage("!"), "server.js": nodeProgram("one") },
};
const WORKER: SourceComponent = {
  ...{ name: "worker", type: "Service" },
  files: {
    Dockerfile:
      'FROM docker.io/library/python:3.13-slim\nWORKDIR /srv\nCOPY app.py .\nEXPOSE 8080\nUSER 65532\nCMD ["python", "-u", "app.py"]\n',
    "app.py": python("one"),
  },
};
const SITE: SourceComponent = {
  ...{ name: "site", type: "WebApplication" },
  files: {
    Dockerfile: "FROM docker.io/library/nginx:1.26\nCOPY . /usr/share/nginx/html/\nEXPOSE 80\n",
    ".dockerignore": "Dockerfile\n",
    "index.html": "one",
  },
};

/** Asks again and again, one request after the other, until it is ended: then it gives all the answers. */
const askOn = (once: () => Promise<Answer>): { end(): Promise<string[]> } => {
  const answers: string[] = [];
  let isOver = false;
  const work = async (): Promise<void> => {
    for await (const _ of setInterval(20)) {
      answers.push(await once().then(({ status, body }) => `${status} ${body}`, String));
      if (isOver) return;
    }
  };
  const running = work();
  return {
    end: async () => {
      isOver = true;
      await running;
      return answers;
    },
  };
};

/** In order: each test saves what comes after the one before. */
describe("choreo-dev dev on kind", () => {
  const world = createWorld("kind", "dev");
  let session: DevSession;
  const answer = async ({ name }: SourceComponent, below = ""): Promise<string> =>
    (await world.ask(name, "development", below)).body;
  const source = (component: SourceComponent, file: string): string => sourceFile(world, component, file);
  const save = (component: SourceComponent, file: string, text: string): Promise<Change> =>
    session.change(component.name, () => writeFileSync(source(component, file), text));

  beforeAll(async () => {
    world.configure();
    await world.box.ok(["up"]);
    for (const component of [API, WORKER, SITE]) await applySource(world, component);
    session = startDevSession(world);
    await untilTrue(
      "the first deployments",
      async () =>
        [API, WORKER, SITE].every(({ name }) => session.changesOf(name)[0]?.outcome.state === "ready") || undefined,
      600_000,
    );
  });
  afterAll(() => session.end());

  test("code goes as a file into the running pod, of an image whose user may write nothing", async () => {
    expect((await save(API, "server.js", nodeProgram("two"))).outcome).toMatchObject({
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
    // Nor does a restart of its container: the last good version is started.
    const pod = await world.podWith(world.name, "component-name=api");
    await world.exec(world.name, pod, "node", "-e", "process.kill(1)").catch(() => undefined);
    await untilTrue("the container to be gone", async () =>
      (await restartsOf(world, API.name, pod.name)) > 0 ? true : undefined,
    );
    await untilTrue("the last good version", async () =>
      (await answer(API).catch(() => "")) === "two!" ? true : undefined,
    );
    expect((await save(API, "server.js", nodeProgram("three"))).outcome.state).toBe("ready");
    expect(await answer(API)).toBe("three!");
  });

  test("a hundred files at once are one deployment; what is removed is gone in the pod too", async () => {
    const from = session.events.length;
    await session.change(API.name, () => {
      mkdirSync(source(API, "parts"));
      for (let index = 0; index < 100; index++) writeFileSync(source(API, `parts/${index}.js`), `// ${index}\n`);
    });
    expect(await answer(API, "/files")).toBe("Dockerfile parts server.js");
    await session.change(API.name, () => rmSync(source(API, "parts"), { recursive: true }));
    expect(await answer(API, "/files")).toBe("Dockerfile server.js");
    expect(session.changesOf(API.name, from)).toHaveLength(2);
  });

  test("the Dockerfile is built, its pods take files as before, and what fails changes nothing", async () => {
    const url = await world.url(API.name, "development");
    const asking = askOn(() => ask(url, world.ca()));
    const { outcome } = await save(API, "Dockerfile", nodeImage("?"));
    expect(outcome).toMatchObject({ path: "rebuild", state: "ready" });
    const last = await answer(API);
    expect(new Set(await asking.end())).toEqual(new Set(["200 three!", "200 three?"]));
    expect(last).toBe("three?");
    const failed = await save(API, "Dockerfile", "FROM docker.io/library/node:20-slim\nRUN exit 7\n");
    expect(failed.outcome).toMatchObject({ path: "rebuild", state: "failed" });
    expect(failed.outcome.message).toContain("exit code: 7");
    expect(await answer(API)).toBe("three?");
    expect((await save(API, "Dockerfile", nodeImage("?"))).outcome.state).toBe("ready");
    expect((await save(API, "server.js", nodeProgram("four"))).outcome.path).toBe("sync → restart");
    expect(await answer(API)).toBe("four?");
  });

  test("what no image has is not promoted, and goes with its Deployment", async () => {
    const refused = await world.box.run(["promote", "api"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("choreo-dev build api");
    await session.end();
    expect(await answer(API)).toBe("four?");
    await world.box.ok(["build", "api"]);
    expect(await answer(API)).toBe("four?");
    for (const component of [API, WORKER, SITE]) await world.box.ok(["delete", "-f", component.name]);
    const sync = path.join(world.box.home, "state", "choreo-dev", world.name, "sync");
    await untilTrue("the saved files to be gone", async () => (readdirSync(sync).length === 0 ? true : undefined));
  });
});

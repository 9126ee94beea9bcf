import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, test } from "vitest";
import type { DevEvent } from "../../src/dev/loop/session.ts";
import { createWorld } from "../acceptance/world.ts";
import { ask } from "../helpers/ask.ts";
import { untilTrue } from "../helpers/until.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");
const server = (answer: string): string =>
  `require("node:http").createServer((_, response) => response.end("${answer}")).listen(process.env.PORT ?? 3000);\n`;

/** In order: each test goes on with what the one before deployed. */
describe("from a folder with a server.js, on the embedded engine", () => {
  const world = createWorld("embedded", "loop");
  const { box } = world;
  const source = path.join(box.dir, "shop");
  let child: ChildProcess | undefined;
  afterAll(() => child?.kill("SIGKILL"));

  const answer = async (environment: string): Promise<string> =>
    (await ask(await world.url("shop", environment), world.ca())).body;
  const builds = async (): Promise<string[]> => {
    const { stdout } = await box.ok(["get", "builds", "-o", "json", "--component", "shop"]);
    return (JSON.parse(stdout) as { items: { metadata: { name: string } }[] }).items.map(
      ({ metadata }) => metadata.name,
    );
  };

  test("init, up and build lead to a URL that answers", async () => {
    mkdirSync(source);
    writeFileSync(path.join(source, "server.js"), server("one"));
    await box.ok(["init", "shop"]);
    const config = path.join(box.dir, "choreo-dev.yaml");
    writeFileSync(config, `${readFileSync(config, "utf8")}name: ${world.name}\nengine: embedded\n`);
    expect((await box.ok(["up"])).stderr).toContain("build:  choreo-dev build shop");
    const { stdout, stderr } = await box.ok(["build"]);
    expect(stdout).toMatch(/^build\/shop-[0-9a-f]{8} {2}/);
    const [, url = ""] = /^serves {2}(\S+)$/m.exec(stderr) ?? [];
    expect((await ask(url, world.ca())).body).toBe("one");
  });

  test("deploy points any environment to any artifact, and tells what was there before", async () => {
    const [first = ""] = await builds();
    writeFileSync(path.join(source, "server.js"), server("two"));
    await box.ok(["build", "shop"]);
    const { stdout, stderr } = await box.ok(["deploy", "shop", "-e", "production", "--build", first]);
    expect(stdout).toBe(`shop  ${first}  in production  (new)\n`);
    expect(stderr).toContain("serves  https://prod.");
    expect((await box.ok(["deploy", "shop", "--artifact", first])).stdout).toContain(
      "  in development  (before: shop-",
    );
    expect([await answer("development"), await answer("production")]).toEqual(["one", "one"]);
    expect((await box.ok(["deploy", "shop"])).stdout).toContain(`  in development  (before: ${first})`);
  });

  test("run runs a task once: its log, and its exit status", async () => {
    const task = path.join(box.dir, "report");
    mkdirSync(task);
    const program = `console.log("counted", process.env.NODE_ENV ?? "nothing"); process.exitCode = Number(process.argv[2] ?? 7);\n`;
    writeFileSync(path.join(task, "index.js"), program);
    await box.ok(["init", "report", "--type", "ManualTask"]);
    await box.ok(["apply", "-f", "report/resources.yaml"]);
    const followed = await box.ok(["build", "report", "--follow"]);
    expect(followed.stderr).toContain("build   | choreo: no Dockerfile: built as node-script\n");
    expect((await box.ok(["logs", "report", "--build"])).stdout).toContain(
      "build   choreo: no Dockerfile: built as node-script\n",
    );
    expect((await box.ok(["get", "builds", "--component", "report"])).stdout).toMatch(
      / succeeded .* clone \d+s · test \d+s · build \d+s · push \d+s /,
    );
    const { code, stdout, stderr } = await box.run(["run", "report"]);
    expect({ code, stdout }).toEqual({ code: 7, stdout: "counted production\n" });
    expect(stderr).toMatch(/exit 7 after \d/);
  });

  test("up --watch goes on with the dev loop of every component", async () => {
    const events: Partial<DevEvent>[] = [];
    child = spawn(process.execPath, [BIN, "up", "--watch", "-o", "ndjson"], {
      ...{ cwd: box.dir, env: box.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout === null) throw new Error("no output");
    createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line) as DevEvent));
    await untilTrue("both watches", async () =>
      events.filter(({ type }) => type === "watching").length === 2 ? true : undefined,
    );
    writeFileSync(path.join(source, "server.js"), server("three"));
    await untilTrue("the change", async () =>
      events.find((event) => event.type === "change" && event.component === "shop"),
    );
    expect(await answer("development")).toBe("three");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
  });
});

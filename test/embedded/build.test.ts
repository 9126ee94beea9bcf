import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { createWorld } from "../acceptance/world.ts";
import { ask } from "../helpers/ask.ts";
import { untilTrue } from "../helpers/until.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");

/** In order: each test goes on with what the one before deployed. */
describe("a component with a source folder and no Deployment, on the embedded engine", () => {
  const world = createWorld("embedded", "build");
  let folder = "";

  beforeAll(async () => {
    world.configure();
    folder = path.join(world.box.dir, "hello", "src");
    cpSync(path.resolve("samples/service-from-source"), path.dirname(folder), { recursive: true });
    await world.box.ok(["up"]);
    await world.box.ok(["apply", "-f", "hello"]);
  });

  const says = async (environment: string): Promise<string> => {
    const url = await world.url("hello", environment);
    return (await ask(`${url}?name=Ada`, world.ca())).body;
  };
  /** In the program and in its tests. */
  const greetWith = (before: string, word: string): void => {
    for (const name of ["greeting.js", "greeting.test.js"]) {
      const file = path.join(folder, name);
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(before, word));
    }
  };
  const imageIds = async (): Promise<string[]> => {
    const pods = await world.list(world.name, { apiVersion: "v1", kind: "Pod" }, "component-name=hello");
    return pods
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .flatMap(({ status }) => (status as { containerStatuses: { imageID: string }[] }).containerStatuses)
      .map(({ imageID }) => imageID);
  };

  test("is tested and deployed by build, as its folder describes it, and runs from what was built", async () => {
    const { stdout, stderr } = await world.box.ok(["build", "hello"]);
    const [, digest = ""] =
      /^build\/hello-[0-9a-f]{8} {2}default-org-default-project-hello-\S+@sha256:([0-9a-f]{64})$/m.exec(stdout) ?? [];
    expect(stderr).toMatch(/^test +succeeded/m);
    expect(await world.url("hello", "development")).toMatch(/\/default-project\/hello\/hello$/);
    expect(await says("development")).toBe("Hello, Ada!\n");
    expect(await imageIds()).toEqual([`bundle://${digest}#package.json`]);
  });

  test("is built once for the same content, and deployed again for other content and for content that comes back", async () => {
    const before = await world.box.ok(["build", "hello"]);
    expect(before.stderr).toContain("of the same source");
    greetWith("Hello", "Goodbye");
    expect(await says("development")).toBe("Hello, Ada!\n");
    const after = await world.box.ok(["build", "hello"]);
    expect(after.stdout).not.toBe(before.stdout);
    expect(await says("development")).toBe("Goodbye, Ada!\n");
    for (const [from, to] of [
      ["Goodbye", "Hello"],
      ["Hello", "Goodbye"],
    ] as const) {
      greetWith(from, to);
      expect((await world.box.ok(["build", "hello"])).stderr).toContain("of the same source");
      expect(await says("development")).toBe(`${to}, Ada!\n`);
    }
  });

  test("runs from its folder while a dev loop says so, and from what was built after the next build", async () => {
    const dev = spawn(process.execPath, [BIN, "dev", "hello", "-o", "ndjson"], {
      ...{ cwd: world.box.dir, env: world.box.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    createInterface({ input: dev.stdout }).on("line", (line) => lines.push(line));
    try {
      await untilTrue("the folder to run", async () =>
        lines.some((line) => line.includes('"state":"ready"')) ? true : undefined,
      );
      expect((await imageIds()).map((id) => id.split(":")[0])).toEqual(["process"]);
    } finally {
      dev.kill("SIGINT");
      await once(dev, "exit");
    }
    greetWith("Goodbye", "Welcome");
    await world.box.ok(["build", "hello"]);
    expect(await says("development")).toBe("Welcome, Ada!\n");
    expect((await imageIds()).map((id) => id.split(":")[0])).toEqual(["bundle"]);
  });

  test("is promoted to the next environment, with an approval where the pipeline wants one", async () => {
    await world.box.ok(["promote", "hello"]);
    expect(await says("staging")).toBe("Welcome, Ada!\n");
    const refused = await world.box.run(["promote", "hello"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("promote hello --to production --approve");
    await world.box.ok(["promote", "hello", "--approve"]);
    expect(await says("production")).toBe("Welcome, Ada!\n");
    const nothing = await world.box.run(["promote", "hello"]);
    expect(nothing.stderr).toContain("nothing of hello to promote");
  });

  test("says what is wrong with its description, and leaves alone what runs", async () => {
    const file = path.join(folder, ".choreo", "component.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("port: 9090", "port: many"));
    const { code, stderr } = await world.box.run(["build", "hello"]);
    expect(code).toBe(1);
    expect(stderr).toContain(".choreo/component.yaml:8: endpoints.0.service.port: ");
    expect(await says("development")).toBe("Welcome, Ada!\n");
  });
});

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createWorld } from "../acceptance/world.ts";
import { ask } from "../helpers/ask.ts";

/** In order: each test goes on with what the one before deployed. */
describe("a component with a source folder and no Deployment, on the embedded engine", () => {
  const world = createWorld("embedded", "build");
  let greeting = "";

  beforeAll(async () => {
    world.configure();
    const folder = path.join(world.box.dir, "hello");
    cpSync(path.resolve("samples/service-from-source"), folder, { recursive: true });
    greeting = path.join(folder, "src", "greeting.js");
    await world.box.ok(["up"]);
    await world.box.ok(["apply", "-f", "hello"]);
  });

  const says = async (environment: string): Promise<string> => {
    const url = await world.url("hello", environment);
    return (await ask(`${url}?name=Ada`, world.ca())).body;
  };

  test("is deployed by build, as its folder describes it", async () => {
    const { stdout, stderr } = await world.box.ok(["build", "hello"]);
    expect(stdout).toMatch(/^build\/hello-[0-9a-f]{8} {2}default-org-default-project-hello-/);
    expect(stderr).toContain("they stay where they are");
    expect(await world.url("hello", "development")).toMatch(/\/default-project\/hello\/hello$/);
    expect(await says("development")).toBe("Hello, Ada!\n");
  });

  test("is built once for the same content, and started again for other content", async () => {
    const before = await world.box.ok(["build", "hello"]);
    expect(before.stderr).toContain("of the same source");
    writeFileSync(greeting, readFileSync(greeting, "utf8").replace("Hello", "Goodbye"));
    const after = await world.box.ok(["build", "hello"]);
    expect(after.stdout).not.toBe(before.stdout);
    expect(await says("development")).toBe("Goodbye, Ada!\n");
  });

  test("is promoted to the next environment, with an approval where the pipeline wants one", async () => {
    await world.box.ok(["promote", "hello"]);
    expect(await says("staging")).toBe("Goodbye, Ada!\n");
    const refused = await world.box.run(["promote", "hello"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("promote hello --to production --approve");
    await world.box.ok(["promote", "hello", "--approve"]);
    expect(await says("production")).toBe("Goodbye, Ada!\n");
    const nothing = await world.box.run(["promote", "hello"]);
    expect(nothing.stderr).toContain("nothing of hello to promote");
  });

  test("says what is wrong with its description, and leaves alone what runs", async () => {
    const file = path.join(path.dirname(greeting), ".choreo", "component.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("port: 9090", "port: many"));
    const { code, stderr } = await world.box.run(["build", "hello"]);
    expect(code).toBe(1);
    expect(stderr).toContain(".choreo/component.yaml:8: endpoints.0.service.port: ");
    expect(await says("development")).toBe("Goodbye, Ada!\n");
  });
});

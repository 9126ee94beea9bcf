import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { ask } from "../helpers/ask.ts";
import type { World } from "./world.ts";

export const serverProgram = (answer: string): string =>
  `require("node:http").createServer((_, response) => response.end("${answer}")).listen(process.env.PORT ?? 3000);\n`;

export const shopServer = ({ box }: World): string => path.join(box.dir, "shop", "server.js");

const answer = async (world: World, environment: string): Promise<string> =>
  (await ask(await world.url("shop", environment), world.ca())).body;

/** From a folder with one file to a URL; `more` is what the configuration has besides. */
export const checkFirstUrl = async (world: World, more = ""): Promise<void> => {
  const { box } = world;
  mkdirSync(path.dirname(shopServer(world)));
  writeFileSync(shopServer(world), serverProgram("one"));
  await box.ok(["init", "shop"]);
  const config = path.join(box.dir, "choreo-dev.yaml");
  writeFileSync(config, `${readFileSync(config, "utf8")}name: ${world.name}\nengine: ${world.engine}\n${more}`);
  expect((await box.ok(["up"])).stderr).toContain("build:  choreo-dev build shop");
  const { stdout, stderr } = await box.ok(["build"]);
  expect(stdout).toMatch(/^build\/shop-[0-9a-f]{8} {2}/);
  const [, url = ""] = /^serves {2}(\S+)$/m.exec(stderr) ?? [];
  expect((await ask(url, world.ca())).body).toBe("one");
};

/** Any artifact in any environment. What is built has the size of what was built before, and is another one. */
export const checkDeployOfArtifacts = async (world: World): Promise<void> => {
  const { box } = world;
  const [first = ""] = await buildsOfShop(world);
  writeFileSync(shopServer(world), serverProgram("two"));
  await box.ok(["build", "shop"]);
  expect(await answer(world, "development")).toBe("two");
  const { stdout, stderr } = await box.ok(["deploy", "shop", "-e", "production", "--build", first]);
  expect(stdout).toBe(`shop  ${first}  in production  (new)\n`);
  expect(stderr).toContain("serves  https://prod.");
  expect((await box.ok(["deploy", "shop", "--artifact", first])).stdout).toContain("  in development  (before: shop-");
  expect([await answer(world, "development"), await answer(world, "production")]).toEqual(["one", "one"]);
  expect((await box.ok(["deploy", "shop"])).stdout).toContain(`  in development  (before: ${first})`);
};

const buildsOfShop = async ({ box }: World): Promise<string[]> => {
  const { stdout } = await box.ok(["get", "builds", "-o", "json", "--component", "shop"]);
  return (JSON.parse(stdout) as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
};

/** A task from its folder to its exit status, with the logs of its build. */
export const checkTask = async ({ box }: World): Promise<void> => {
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
};

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "vitest";
import { sandbox } from "../helpers/cli.ts";
import { leftovers } from "../helpers/docker.ts";
import { untilTrue } from "../helpers/until.ts";

const box = sandbox("lease");
afterAll(() => box.remove());
const root = path.resolve(import.meta.dirname, "../..");

/** Makes a platform on kind, and in it an organization, and says how long that took. */
const PROGRAM = `
  import { startPlatform } from ${JSON.stringify(path.join(root, "dist", "index.js"))};
  const platform = await startPlatform({ engine: "kind" });
  const began = performance.now();
  const own = await platform.isolate();
  const ms = performance.now() - began;
  const project = await own.waitFor({ kind: "Project", name: "default-project" }, "Created");
  console.log(JSON.stringify({ name: platform.name, ms, namespace: project.metadata.namespace, organization: own.organization }));
  setInterval(() => undefined, 1000);
`;

/** What the reaper may take to notice, and a `down` on a slow machine. */
const GONE_MS = 60_000;

test("a platform of a test process that is killed goes with its nodes, network and volumes", async () => {
  const script = path.join(box.dir, "program.mjs");
  writeFileSync(script, PROGRAM);
  const child = spawn(process.execPath, [script], { env: box.env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const said = JSON.parse(line) as { name: string; ms: number; namespace: string; organization: string };
  expect(said.namespace).toBe(said.organization);
  expect((await leftovers(said.name)).length).toBeGreaterThan(2);
  child.kill("SIGKILL");
  await untilTrue(
    "nothing to be left",
    async () => ((await leftovers(said.name)).length === 0 ? true : undefined),
    GONE_MS,
  );
  const log = readFileSync(path.join(box.home, "state", "choreo-dev", "reaper.log"), "utf8");
  expect(log).toContain(`${said.name}: removed in`);
});

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { startPlatform } from "../../src/index.ts";
import { packageRoot } from "../../src/lib/package-root.ts";
import { sandbox } from "../helpers/cli.ts";
import { leftovers } from "../helpers/docker.ts";
import { linkPackages, vitestIn } from "../helpers/vitest-project.ts";

const box = sandbox("library");
afterAll(() => box.remove());
const webapp = path.join(packageRoot(), "samples/webapp-from-image");

test("two platforms live side by side on one machine, each with its own nodes, ports and components", async () => {
  const start = () => startPlatform({ engine: "kind", env: box.env, resources: [webapp] });
  const [mine, yours] = await Promise.all([start(), start()]);
  try {
    const answers = await Promise.all([mine, yours].map((one) => one.fetch("webapp")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const urls = await Promise.all([mine, yours].map((one) => one.url("webapp")));
    expect(new Set(urls.map((url) => new URL(url).port)).size).toBe(2);
    await mine.delete(webapp);
    expect(await mine.component("webapp").object()).toBeUndefined();
    expect((await yours.fetch("webapp")).status).toBe(200);
  } finally {
    await Promise.all([mine, yours].map((one) => one[Symbol.asyncDispose]()));
  }
  expect([...(await leftovers(mine.name)), ...(await leftovers(yours.name))]).toEqual([]);
});

interface Seen {
  readonly name: string;
  readonly organization: string;
  readonly project: string;
  readonly ms: number;
}

/** Two files whose tests want the same component, in workers of their own. */
const testFile = (file: string): string => `
  import { writeFileSync } from "node:fs";
  import { test } from "choreo-dev/vitest";
  import { expect } from "vitest";
  for (const number of [1, 2])
    test("has a component of its own, " + number, async ({ platform }) => {
      const began = performance.now();
      expect(await platform.component("webapp").object()).toBeUndefined();
      await platform.apply(${JSON.stringify(webapp)});
      await expect(platform.component("webapp")).toServe({ status: 200, timeoutMs: 120_000 });
      const { metadata } = await platform.component("webapp").object();
      writeFileSync("seen-${file}-" + number + ".json", JSON.stringify({
        name: platform.name, organization: platform.organization, project: metadata.namespace, ms: performance.now() - began,
      }));
    });
`;

test("global setup makes one platform for a run, and every test of every worker has an organization in it", async () => {
  linkPackages(box.dir);
  for (const file of ["one", "two"]) writeFileSync(path.join(box.dir, `${file}.test.mjs`), testFile(file));
  const options = { globalSetup: ["choreo-dev/vitest/setup"], testTimeout: 300_000, hookTimeout: 600_000 };
  const server = "server: { deps: { external: [/dist/] } }";
  const config = `export default { test: { ...${JSON.stringify(options)}, ${server} } };`;
  writeFileSync(path.join(box.dir, "vitest.config.mjs"), config);
  const { args, ...place } = vitestIn(box, "kind");
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { ...place, encoding: "utf8" });
  expect([status, stdout + stderr]).toEqual([0, expect.stringContaining("4 passed")]);
  const seen = readdirSync(box.dir)
    .filter((name) => name.startsWith("seen-"))
    .map((name) => JSON.parse(readFileSync(path.join(box.dir, name), "utf8")) as Seen);
  expect(seen).toHaveLength(4);
  expect(new Set(seen.map(({ name }) => name)).size).toBe(1);
  expect(new Set(seen.map(({ organization }) => organization)).size).toBe(4);
  for (const { organization, project } of seen) expect(project).toBe(organization);
  expect(await leftovers(seen[0]?.name ?? "")).toEqual([]);
});

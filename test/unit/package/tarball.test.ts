import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../../..");

const JEST = "jest@30.5.2";

/** What a user gets: the packed tarball, installed where no install script runs. */
describe("the package", () => {
  let dir: string;
  const installed = (): string => path.join(dir, "node_modules", "choreo-dev");

  beforeAll(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-package-"));
    const script = path.join(root, "scripts", "package.js");
    const { stdout } = await run(process.execPath, [script, "--json", "--pack-destination", dir], { cwd: root });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    writeFileSync(path.join(dir, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
    await run(
      "npm",
      ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", path.join(dir, filename)],
      { cwd: dir },
    );
  }, 180_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const cli = async (...args: string[]): Promise<string> =>
    (await run(path.join(dir, "node_modules", ".bin", "choreo-dev"), args, { cwd: dir })).stdout;

  const compile = (...words: string[]): Promise<unknown> => {
    const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
    const types = ["--typeRoots", path.join(root, "node_modules/@types"), "--types", "node"];
    const options = ["--module", "nodenext", "--target", "es2023", "--strict", ...types];
    return run(process.execPath, [tsc, ...options, ...words], { cwd: dir });
  };

  test("has what runs, and neither sources nor tests", () => {
    const has = (name: string): boolean => existsSync(path.join(installed(), name));
    const needed = ["bin/choreo-dev.js", "dist/cli.js", "dist/supervisor.js", "addons/cilium/addon.yaml", "README.md"];
    expect(needed.filter((name) => !has(name))).toEqual([]);
    expect(["src", "test", "bench", "scripts"].filter(has)).toEqual([]);
  });

  test("brings no other package, but the licences of what is bundled", () => {
    expect(readdirSync(path.join(dir, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["choreo-dev"]);
    const licences = readFileSync(path.join(installed(), "dist", "THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["yaml", "dockerode", "listr2"]) expect(licences).toMatch(new RegExp(`^${name} \\d+\\.`, "m"));
  });

  test("has a command line that finds its own files", async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
    expect((await cli("--version")).trim()).toBe(version);
    const { addons } = JSON.parse(await cli("version", "-o", "json")) as { addons: { name: string }[] };
    expect(addons.map(({ name }) => name)).toContain("cilium");
    expect(await cli("config", "print")).toContain("topology: colocated");
  });

  test("is a library with types", async () => {
    writeFileSync(
      path.join(dir, "use.ts"),
      `import { type DataPlane, type RunningPlatform, loadConfig, startPlatform } from "choreo-dev";
       export const start = (): Promise<RunningPlatform> =>
         startPlatform({ engine: "embedded", components: { a: () => new Response("a") } });
       const { platform } = await loadConfig({ cwd: ".", env: {} });
       const region: string | undefined = platform.planes.data[0]?.region;
       const plane: Pick<DataPlane, "kind"> = { kind: "DataPlane" };
       console.log(JSON.stringify([platform.topology, region ?? null, plane.kind]));\n`,
    );
    await compile("use.ts");
    const { stdout } = await run(process.execPath, ["use.js"], { cwd: dir });
    expect(JSON.parse(stdout)).toEqual(["colocated", null, "DataPlane"]);
  });

  /** The project of a user who has vitest, as the package's optional peer. */
  const vitest = async (...args: string[]) => {
    const link = path.join(dir, "node_modules", "vitest");
    if (!existsSync(link)) symlinkSync(path.join(root, "node_modules", "vitest"), link);
    const bin = path.join(root, "node_modules", "vitest", "vitest.mjs");
    const options = { cwd: dir, env: { ...process.env, XDG_STATE_HOME: path.join(dir, "state") } };
    return run(
      process.execPath,
      [bin, "run", "--root", dir, "--testTimeout", "60000", "--hookTimeout", "60000", ...args],
      options,
    ).then(
      ({ stdout, stderr }) => ({ passed: true, text: stdout + stderr }),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ passed: false, text: stdout + stderr }),
    );
  };
  const leftovers = (): string[] =>
    readdirSync(path.join(dir, "state", "choreo-dev")).filter((name) => name.startsWith("t-"));
  const sample = (name: string): void =>
    cpSync(path.join(root, "samples", "testing", name), path.join(dir, name), { recursive: true });

  test("has fixtures and matchers for vitest, as its sample uses them", { timeout: 120_000 }, async () => {
    sample("vitest");
    const { passed, text } = await vitest("vitest/");
    expect(text).toMatch(/7 passed/);
    expect({ passed, text }).toMatchObject({ passed: true });
    expect(leftovers()).toEqual([]);
    await compile("--noEmit", "--skipLibCheck", "vitest/catalog.test.ts", "vitest/carts.test.ts");
  });

  test("leaves what explains a failing test in a folder of its name", { timeout: 120_000 }, async () => {
    writeFileSync(
      path.join(dir, "failing.test.ts"),
      `import { test } from "choreo-dev/vitest";
       import { expect } from "vitest";
       test("wants too much", async ({ platform }) => {
         await platform.serve("shop", () => new Response("closed", { status: 503 }));
         await expect(platform.component("shop")).toServe({ timeoutMs: 1000 });
       });
       test("is content", ({ platform }) => expect(platform.engine).toBe("embedded"));\n`,
    );
    const { passed, text } = await vitest("failing.test.ts");
    expect({ passed, said: text.includes("it answers 503: closed") }).toEqual({ passed: false, said: true });
    expect(readdirSync(path.join(dir, "test-results"))).toEqual(["failing.test.ts-wants-too-much"]);
    const files = readdirSync(path.join(dir, "test-results", "failing.test.ts-wants-too-much"));
    expect(files).toEqual(expect.arrayContaining(["journal.ndjson", "clusters"]));
  });

  test("works without vitest, as the sample for node:test does", { timeout: 120_000 }, async () => {
    sample("node-test");
    const options = { cwd: dir, env: { ...process.env, XDG_STATE_HOME: path.join(dir, "state") } };
    const { NODE_OPTIONS: _o, VITEST: _v, NODE_TEST_CONTEXT: _c, ...env } = options.env as Record<string, string>;
    const { stdout } = await run(process.execPath, ["--test", "node-test/"], { ...options, env });
    expect(stdout).toMatch(/pass 2/);
    expect(leftovers()).toEqual([]);
  });

  // Twice as many packages as everything else here needs: only where it is asked for.
  const withJest = process.env["CHOREO_TEST_JEST"] !== undefined;
  const reason = withJest ? "" : " (skipped: CHOREO_TEST_JEST=1 installs jest for it)";
  test.skipIf(!withJest)(`works with jest, as its sample does${reason}`, { timeout: 300_000 }, async () => {
    sample("jest");
    const install = ["install", "--ignore-scripts", "--no-save", "--prefer-offline", "--no-audit", "--no-fund", JEST];
    await run("npm", install, { cwd: dir });
    const jest = path.join(dir, "node_modules", "jest", "bin", "jest.js");
    const { stderr } = await run(
      process.execPath,
      ["--experimental-vm-modules", jest, "--rootDir", "jest", "--config", "jest/jest.config.mjs"],
      {
        cwd: dir,
        env: { ...process.env, XDG_STATE_HOME: path.join(dir, "state") },
      },
    );
    expect(stderr).toMatch(/2 passed/);
    expect(leftovers()).toEqual([]);
  });
});

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../../..");

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
    const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
    const options = [
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--strict",
      "--typeRoots",
      path.join(root, "node_modules/@types"),
      "--types",
      "node",
    ];
    await run(process.execPath, [tsc, ...options, "use.ts"], { cwd: dir });
    const { stdout } = await run(process.execPath, ["use.js"], { cwd: dir });
    expect(JSON.parse(stdout)).toEqual(["colocated", null, "DataPlane"]);
  });
});

import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../src/lib/package-root.ts";
import type { Sandbox } from "./cli.ts";

/** What an installation of the package and of vitest would give a project. */
export const linkPackages = (dir: string): void => {
  const modules = path.join(dir, "node_modules");
  mkdirSync(modules);
  symlinkSync(packageRoot(), path.join(modules, "choreo-dev"));
  symlinkSync(path.join(packageRoot(), "node_modules", "vitest"), path.join(modules, "vitest"));
};

export interface VitestRun {
  /** Of Node.js. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A run of the tests in a sandbox, by a vitest that does not know that it is started by a test. */
export const vitestIn = ({ dir, env }: Sandbox, engine: "embedded" | "kind"): VitestRun => {
  const vitest = path.join(packageRoot(), "node_modules", "vitest", "vitest.mjs");
  const { VITEST: _vitest, VITEST_WORKER_ID: _worker, VITEST_POOL_ID: _pool, ...rest } = env;
  return { args: [vitest, "run", "--root", dir], cwd: dir, env: { ...rest, CHOREO_DEV_ENGINE: engine } };
};

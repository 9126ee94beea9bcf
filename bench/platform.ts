import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Timing, timed } from "./measure.ts";

/** A platform of a random name, in a home of its own, used by the real command line. */
export interface BenchPlatform {
  readonly name: string;
  readonly home: string;
  /** Folder of its configuration. */
  readonly cwd: string;
  /** Folder of its state. */
  readonly state: string;
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly choreo: (...args: string[]) => Timing;
}

/** Boots a platform for a measurement; whatever becomes of both, nothing is left of it. */
export const withPlatform = async (
  engine: string,
  measure: (platform: BenchPlatform) => Promise<void>,
): Promise<void> => {
  const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-bench-"));
  const cwd = path.join(home, "project");
  const name = `b${randomBytes(3).toString("hex")}`;
  const bin = path.resolve("bin/choreo-dev.js");
  const env = {
    ...{ ...process.env, HOME: home, CI: "true" },
    ...{ XDG_STATE_HOME: path.join(home, "state"), KUBECONFIG: path.join(home, "kubeconfig") },
  };
  const choreo = (...args: string[]): Timing => timed(process.execPath, [bin, ...args], { cwd, env });
  mkdirSync(cwd);
  writeFileSync(
    path.join(cwd, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: ${engine}\n`,
  );
  try {
    choreo("up");
    await measure({ name, home, cwd, state: path.join(home, "state", "choreo-dev", name), bin, env, choreo });
  } finally {
    choreo("down", "--force");
    rmSync(home, { recursive: true, force: true });
  }
};

/** The port on this machine of the registry of a platform on kind. */
export const registryPort = ({ state }: BenchPlatform): number => {
  const settings = readFileSync(path.join(state, "supervisor.json"), "utf8");
  return (JSON.parse(settings) as { registry: { hostPort: number } }).registry.hostPort;
};

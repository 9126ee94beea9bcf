import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { packageRoot } from "../../src/lib/package-root.ts";

/** The program of the checkout, as a user starts it. */
export const bin = path.join(packageRoot(), "bin", "choreo-dev.js");

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface Sandbox {
  /** The project folder: commands run here. */
  readonly dir: string;
  /** HOME, with state and cache below it. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs the real CLI in a process of its own. */
  run(
    args: readonly string[],
    options?: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal; input?: string },
  ): Promise<CliResult>;
  /** Runs it and throws with its whole output unless it exits with 0. */
  ok(args: readonly string[], options?: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string }): Promise<CliResult>;
  remove(): void;
}

/** An own HOME and project folder. The cache is shared by the sandboxes of a machine, as a user's would be. */
export const sandbox = (name = "demo"): Sandbox => {
  const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-test-"));
  const dir = mkdtempSync(path.join(home, `${name}-`));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    XDG_STATE_HOME: path.join(home, "state"),
    XDG_CACHE_HOME: process.env["CHOREO_TEST_CACHE"] ?? path.join(os.tmpdir(), "choreo-dev-test-cache"),
    KUBECONFIG: path.join(home, "kubeconfig"),
    CI: "true",
    NO_COLOR: "1",
  };
  delete env["FORCE_COLOR"];
  const run: Sandbox["run"] = (args, options = {}) =>
    runCli(args, { cwd: dir, ...options, env: { ...env, ...options.env } });
  return {
    dir,
    home,
    env,
    run,
    ok: async (args, options) => {
      const result = await run(args, options);
      if (result.code !== 0) {
        throw new Error(`choreo-dev ${args.join(" ")} exited with ${result.code}\n${result.stderr}\n${result.stdout}`);
      }
      return result;
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
};

const runCli = (
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal?: AbortSignal; input?: string },
): Promise<CliResult> => {
  const began = performance.now();
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(options.input ?? "");
  options.signal?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr, ms: performance.now() - began }));
  });
};

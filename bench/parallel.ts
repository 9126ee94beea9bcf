// `npm run bench:parallel -- --json [--rounds 20] [--commands 96]`: many platforms at once. Four processes, as test runners have
// them, each start four embedded platforms and ask them, round after round; then so many `up` and `down` commands run at
// once. Counts what fails; nothing may.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/lib/package-root.ts";
import { startPlatform } from "../src/library/start-platform.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "20" },
    commands: { type: "string", default: "96" },
    child: { type: "boolean", default: false },
  },
});
const WORKERS = 4;
const EACH = 4;

/** Names and URLs of platforms that were up at the same time, after each has answered for itself. */
const child = async (): Promise<readonly string[][]> => {
  const platforms = await Promise.all(Array.from({ length: EACH }, () => startPlatform({ engine: "embedded" })));
  const seen = await Promise.all(
    platforms.map(async (platform) => {
      await platform.serve("who", () => new Response(platform.name));
      const answer = await (await platform.fetch("who")).text();
      if (answer !== platform.name) throw new Error(`${platform.name} answers as ${answer}`);
      return [platform.name, new URL(await platform.url("who")).port];
    }),
  );
  // The other processes have theirs still: a port that were given twice would be seen.
  await new Promise((resolve) => process.stdin.once("end", resolve).resume());
  await Promise.all(platforms.map((platform) => platform[Symbol.asyncDispose]()));
  return seen;
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = async (
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> => {
  const program = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const code = new Promise<number | null>((resolve) => program.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr)]);
  return { code: await code, stdout, stderr };
};

const round = async (): Promise<string[]> => {
  const workers = Array.from({ length: WORKERS }, () => {
    const worker = spawn(process.execPath, [process.argv[1] ?? "", "--child"], { stdio: ["pipe", "pipe", "pipe"] });
    // It ends when it is told, and tells what it had behind that.
    worker.stdin.end();
    return Promise.all([text(worker.stdout), text(worker.stderr)]);
  });
  const ended = await Promise.all(workers);
  const problems = ended.flatMap(([stdout, stderr]) => (stdout === "" ? [stderr] : []));
  const seen = ended.flatMap(([stdout]) => (stdout === "" ? [] : (JSON.parse(stdout) as string[][])));
  const names = new Set(seen.map(([name]) => name));
  return names.size === seen.length ? problems : [...problems, "two platforms of one name"];
};

const hashOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Half of them make a platform each; when all are there, the other half removes them. */
const commands = async (count: number): Promise<{ failed: string[]; kubeconfigKept: boolean }> => {
  const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-parallel-"));
  const kubeconfig = path.join(home, "kubeconfig");
  writeFileSync(kubeconfig, "apiVersion: v1\nkind: Config\ncontexts: []\n# mine\n");
  const before = hashOf(kubeconfig);
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: path.join(home, "state"), KUBECONFIG: kubeconfig, CI: "1" };
  const cli = (...args: string[]): Promise<Ended> =>
    run([path.join(packageRoot(), "bin", "choreo-dev.js"), ...args], { cwd: home, env });
  const names = Array.from({ length: Math.ceil(count / 2) }, (_, at) => `p${at}`);
  const failed: string[] = [];
  // Each platform's removal begins when it is there: creating and removing go on side by side.
  await Promise.all(
    names.map(async (name) => {
      for (const args of [
        ["up", "--engine", "embedded"],
        ["down", "--force"],
      ]) {
        const { code, stderr } = await cli(...args, "--platform", name);
        if (code !== 0) failed.push(`${args.join(" ")} ${name}: ${stderr.slice(-500)}`);
      }
    }),
  );
  const kubeconfigKept = hashOf(kubeconfig) === before;
  rmSync(home, { recursive: true, force: true });
  return { failed, kubeconfigKept };
};

const main = async (): Promise<void> => {
  const problems: string[] = [];
  const began = performance.now();
  for (let at = 0; at < Number(values.rounds); at++) problems.push(...(await round()));
  const roundsMs = Math.round(performance.now() - began);
  const count = Number(values.commands);
  const result = count === 0 ? undefined : await commands(count);
  const report = {
    name: "parallel",
    rounds: { count: Number(values.rounds), platforms: WORKERS * EACH, ms: roundsMs, problems },
    commands: result === undefined ? undefined : { count, ...result },
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
  if (problems.length + (result?.failed.length ?? 0) > 0) process.exitCode = 1;
};

if (values.child) process.stdout.write(JSON.stringify(await child()));
else await main();

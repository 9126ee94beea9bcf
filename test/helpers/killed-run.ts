import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { packageRoot } from "../../src/lib/package-root.ts";
import type { Sandbox } from "./cli.ts";
import { pick, seeded } from "./random.ts";
import { untilTrue } from "./until.ts";
import { linkPackages, vitestIn } from "./vitest-project.ts";

/** What is killed: vitest itself, whose workers find that out, or everything that it started, as a terminal would. */
export type Victim = "vitest" | "all of it";

export interface KilledRuns {
  readonly rounds: number;
  /** In how many there was something to clean up. */
  readonly withPlatforms: number;
  /** The longest that something of a run was still there. */
  readonly slowestMs: number;
  /** The same without the time of the removal itself, as the reaper tells it. */
  readonly noticedMs: number;
  /** What was left when the time was over. */
  readonly left: readonly string[];
}

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly engine: "embedded" | "kind";
  /** No kill comes later after the start of a run. */
  readonly longestMs: number;
  /** So long after a kill nothing may be there any more. */
  readonly goneMs: number;
  /** What of the platforms with these names is outside of this machine's processes and files. */
  readonly elsewhere?: ((platforms: readonly string[]) => Promise<string[]>) | undefined;
}

/** Runs vitest with platforms in its tests and kills it with SIGKILL at random points, round after round. */
export const killRuns = async (box: Sandbox, options: KillOptions): Promise<KilledRuns> => {
  const random = seeded(options.seed);
  const report = { rounds: 0, withPlatforms: 0, slowestMs: 0, noticedMs: 0, left: [] as string[] };
  writeProject(box.dir, options.engine);
  while (report.rounds < options.rounds && report.left.length === 0) {
    report.rounds++;
    const run = startVitest(box, options.engine);
    const ended = once(run, "exit");
    // The first run is killed when it has something to leave behind, however slow the machine is; the others at any point.
    if (report.rounds === 1)
      await untilTrue("a platform", async () => (platformsOf(box).length > 0 ? true : undefined));
    await delay(random() * options.longestMs);
    const platforms = platformsOf(box);
    kill(run, pick<Victim>(random, ["vitest", "all of it"]));
    await ended;
    if (platforms.length > 0) report.withPlatforms++;
    const began = performance.now();
    const names = new Set(platforms);
    const left = async (): Promise<string[]> => {
      for (const name of platformsOf(box)) names.add(name);
      return [...filesOf(box), ...processesOf(box), ...((await options.elsewhere?.([...names])) ?? [])];
    };
    await untilTrue(
      "nothing to be left",
      async () => ((await left()).length === 0 ? true : undefined),
      options.goneMs,
    ).catch(async () => report.left.push(...(await left())));
    const goneMs = Math.round(performance.now() - began);
    report.slowestMs = Math.max(report.slowestMs, goneMs);
    report.noticedMs = Math.max(
      report.noticedMs,
      goneMs - Math.max(0, ...[...names].map((name) => removalMs(box, name))),
    );
    await untilTrue("the reaper to end", async () => (existsSync(reaperLock(box)) ? undefined : true));
  }
  return report;
};

/** The names of the ephemeral platforms that there are. */
export const platformsOf = (box: Sandbox): string[] => filesOf(box).filter((name) => /^t-[0-9a-f]+$/.test(name));

/** Starts the project's tests in a process group of its own. */
const startVitest = (box: Sandbox, engine: KillOptions["engine"]): ChildProcess => {
  const { args, ...place } = vitestIn(box, engine);
  return spawn(process.execPath, args, { ...place, stdio: "ignore", detached: true });
};

const kill = (run: ChildProcess, victim: Victim): void => {
  if (run.exitCode === null && run.pid !== undefined) process.kill(victim === "vitest" ? run.pid : -run.pid, "SIGKILL");
};

/** A user's project, with the package and vitest installed: tests with platforms of their own and, embedded, of a pool. */
const writeProject = (dir: string, engine: KillOptions["engine"]): void => {
  linkPackages(dir);
  writeFileSync(path.join(dir, "vitest.config.mjs"), CONFIG);
  writeFileSync(path.join(dir, "own.test.mjs"), testFile("shop"));
  if (engine === "embedded") writeFileSync(path.join(dir, "pool.test.mjs"), testFile("{ ...shop, pool: 2 }"));
};

const CONFIG = `export default { test: { maxWorkers: 2, testTimeout: 300_000, hookTimeout: 300_000, server: { deps: { external: [/dist/] } } } };`;

const testFile = (options: string): string => `
  import { platformTest } from "choreo-dev/vitest";
  import { expect } from "vitest";
  const shop = { resources: [${JSON.stringify(path.join(packageRoot(), "samples/webapp-from-image"))}] };
  const test = platformTest(${options});
  // More than any run lives to see.
  for (let number = 0; number < 200; number++)
    test("serves, " + number, async ({ platform }) => {
      expect((await platform.fetch("webapp")).status).toBe(200);
    });
`;

const stateOf = ({ home }: Sandbox): string => path.join(home, "state", "choreo-dev");
const reaperLock = (box: Sandbox): string => path.join(stateOf(box), "reaper.lock");

/** How long the reaper worked at the removal of a platform; 0 where it had nothing to do. */
const removalMs = (box: Sandbox, name: string): number => {
  const log = path.join(stateOf(box), "reaper.log");
  const text = existsSync(log) ? readFileSync(log, "utf8") : "";
  return Number(new RegExp(`${name}: removed in (\\d+) ms`).exec(text)?.[1] ?? 0);
};

const filesOf = (box: Sandbox): string[] =>
  existsSync(stateOf(box)) ? readdirSync(stateOf(box)).filter((name) => !name.startsWith("reaper.")) : [];

/** Everything that was started with this home, but the reaper, which ends when it has done its work. */
const processesOf = ({ home }: Sandbox): string[] =>
  spawnSync("ps", ["axeww", "-o", "pid=,args="], { encoding: "utf8", maxBuffer: 50_000_000 })
    .stdout.split("\n")
    .filter((line) => line.includes(home) && !line.includes("reaper.js") && !line.includes("ps axeww"))
    .map((line) => line.slice(0, 120));

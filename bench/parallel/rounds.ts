import { readdirSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../src/lib/package-root.ts";
import { startBarrier } from "./barrier.ts";
import { run } from "./run.ts";

/** What a worker knows of one of its platforms while it runs. */
export interface Facts {
  readonly worker: number;
  readonly name: string;
  /** Port of the gateway. */
  readonly gateway: string;
  /** URL of the API server. */
  readonly server: string;
  readonly folder: string;
  /** Address of its one pod. */
  readonly pod: string;
}

export interface RoundsReport {
  readonly rounds: number;
  /** Platforms that were seen running at the same time, in the round that had the fewest. */
  readonly atOnce: number;
  readonly problems: readonly string[];
}

const WORKERS = 4;

/** Each round is a run of vitest with four workers, whose platforms are all there when the first of them is looked at. */
export const runRounds = async (rounds: number, home: string): Promise<RoundsReport> => {
  const problems: string[] = [];
  let atOnce = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= rounds; round++) {
    await using barrier = await startBarrier(WORKERS);
    const state = path.join(home, "state");
    const env = { ...process.env, XDG_STATE_HOME: state, BENCH_BARRIER: barrier.url, CI: "1" };
    const vitest = path.join(packageRoot(), "node_modules", "vitest", "vitest.mjs");
    const { code, output } = await run([vitest, "run", "--config", "bench/parallel/vitest.config.ts"], {
      cwd: packageRoot(),
      env,
    });
    if (code !== 0) problems.push(`round ${round}: ${output.slice(-3000)}`);
    const passed = barrier.said("/done").length === WORKERS;
    atOnce = Math.min(atOnce, passed ? barrier.said("/up").flat().length : 0);
    const left = readdirSync(path.join(state, "choreo-dev")).filter((name) => name.startsWith("t-"));
    if (left.length > 0) problems.push(`round ${round}: ${left.join(", ")} left behind`);
    process.stderr.write(`round ${round}: ${problems.length} problems\n`);
  }
  return { rounds, atOnce, problems };
};

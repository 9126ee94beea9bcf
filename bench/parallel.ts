// `npm run bench:parallel -- --json [--rounds 20] [--commands 96] [--at-once 48]`: many platforms at once. vitest runs with four
// workers that have four embedded platforms each, all of them there at the same time, round after round; then platforms are
// created and removed by so many commands, as many of them at a time as is said. Counts what fails; nothing may.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { rounded } from "./measure.ts";
import { runCommands } from "./parallel/commands.ts";
import { runRounds } from "./parallel/rounds.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "20" },
    commands: { type: "string", default: "96" },
    "at-once": { type: "string", default: "48" },
  },
});

const home = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-parallel-"));
const timed = async <T extends object>(work: () => Promise<T>): Promise<T & { readonly seconds: number }> => {
  const began = performance.now();
  const value = await work();
  return { ...value, seconds: rounded((performance.now() - began) / 1000) };
};
const [rounds, commands, atOnce] = [values.rounds, values.commands, values["at-once"]].map(Number) as [
  number,
  number,
  number,
];
const report = {
  name: "parallel",
  machine: { cores: os.availableParallelism(), load: rounded(os.loadavg()[0] ?? 0) },
  rounds: rounds === 0 ? undefined : await timed(() => runRounds(rounds, home)),
  commands: commands === 0 ? undefined : await timed(() => runCommands(commands, atOnce, home)),
};
rmSync(home, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
const { failed = [], leftBehind = [], kubeconfigKept = true } = report.commands ?? {};
if ((report.rounds?.problems ?? []).length + failed.length + leftBehind.length > 0 || !kubeconfigKept)
  process.exitCode = 1;

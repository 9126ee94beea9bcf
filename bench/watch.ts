// `npm run bench:watch -- --json [--files N]`: a source tree of so many files in a fifth as many folders: how long it takes to
// list, digest and watch it, how long a save takes to be told, and what the watch costs in memory.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { digestCache } from "../src/dev/watch/digest-cache.ts";
import { digestTree } from "../src/dev/watch/digest-tree.ts";
import { ignoreRules } from "../src/dev/watch/ignore-rules.ts";
import { scanStats, scanTree } from "../src/dev/watch/scan.ts";
import { watchSource } from "../src/dev/watch/watch-source.ts";
import { median, rounded } from "./measure.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, files: { type: "string", default: "100000" } },
});
const FILES_PER_FOLDER = 20;
const SAVES = 100;

const makeTree = (count: number): string => {
  const top = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-bench-"));
  for (let index = 0; index < count / FILES_PER_FOLDER; index++) {
    const folder = path.join(top, `package-${index % 50}`, `module-${Math.floor(index / 50) % 20}`, `d${index}`);
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file++)
      writeFileSync(path.join(folder, `file-${file}.ts`), `export const x = "${index} ${file}";\n`);
  }
  writeFileSync(path.join(top, ".gitignore"), "dist/\n*.log\ncoverage/\n/.env\n");
  return top;
};

const timed = async <T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> => {
  const began = performance.now();
  const result = await work();
  return { ms: rounded(performance.now() - began), result };
};

const megabytes = (): number => rounded(process.memoryUsage().rss / 1e6, 0);

const best = async (rounds: number, work: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await timed(work)).ms);
  return Math.min(...times);
};

const percentile = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;

const folder = makeTree(Number(values.files));
try {
  const rules = ignoreRules(folder);
  const before = megabytes();
  let told = (): void => undefined;
  const { ms: readyMs, result: watcher } = await timed(
    async () => await watchSource({ folder, rules, onBatch: () => told(), onTrouble: console.error }),
  );
  const { ms: readAheadMs } = await timed(async () => await watcher.readAhead);
  const watchedMb = megabytes();
  const save = async (replace: (file: string) => void, round: number): Promise<number> => {
    const file = path.join(folder, "package-0", "module-0", "d0", `file-${round % FILES_PER_FOLDER}.ts`);
    await delay(30);
    const batch = new Promise<void>((resolve) => {
      told = resolve;
    });
    return (await timed(async () => (replace(file), await batch))).ms;
  };
  const inPlace: number[] = [];
  const byRename: number[] = [];
  for (let round = 0; round < SAVES; round++) {
    inPlace.push(await save((file) => writeFileSync(file, `in place ${round}`), round));
    byRename.push(
      await save((file) => (writeFileSync(`${file}.tmp`, `renamed ${round}`), renameSync(`${file}.tmp`, file)), round),
    );
  }
  const { mode, watches } = watcher.state();
  await watcher.close();
  const namesMs = await best(3, async () => await scanTree(folder, rules));
  const statsMs = await best(3, async () => await scanStats(folder, rules));
  const cache = digestCache();
  const { ms: firstDigestMs, result } = await timed(async () => await digestTree({ folder, rules, cache }));
  const secondDigestMs = await best(2, async () => await digestTree({ folder, rules, cache }));
  const figures = {
    files: result.files,
    ...{ mode, watches, namesMs, statsMs, readyMs, readAheadMs, firstDigestMs, secondDigestMs },
    saveMs: { p50: median(inPlace), p95: percentile(inPlace, 0.95) },
    renameMs: { p50: median(byRename), p95: percentile(byRename, 0.95) },
    memoryMb: { before, watched: watchedMb },
  };
  if (values.json) console.log(JSON.stringify(figures));
  else console.table(figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

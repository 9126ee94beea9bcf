import { parseArgs } from "node:util";
import { type FaultEngine, type History, SIMULATED, generateHistory, historyText } from "./history.ts";
import { type HistoryOutcome, runHistory } from "./run-history.ts";

/**
 * `npm run test:faults -- [--engine embedded|kind] [--seed N] [--count N] [--jobs N] [--json]`: runs the histories of the
 * seeds N, N + 1, … and prints how many broke an invariant. One seed alone is told step by step.
 */
const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      engine: { type: "string", default: "embedded" },
      seed: { type: "string" },
      count: { type: "string" },
      jobs: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const engine = values.engine as FaultEngine;
  const first = Number(values.seed ?? 1);
  const count = Number(values.count ?? (values.seed !== undefined ? 1 : engine === "kind" ? 25 : 500));
  // The nodes of two kind platforms at once are more than a small machine has memory for.
  const jobs = Number(values.jobs ?? (engine === "kind" ? 1 : 3));
  const histories = Array.from({ length: count }, (_, at) => generateHistory(first + at, engine));
  const outcomes = await runAll(histories, jobs, (history, outcome) => report(history, outcome, count === 1));
  const broken = outcomes.filter((outcome) => outcome.broken.length > 0);
  const figures = figuresOf(histories, outcomes);
  if (values.json) process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  else process.stdout.write(textOf(figures));
  for (const { seed } of broken)
    process.stderr.write(`again: npm run test:faults -- --engine ${engine} --seed ${seed}\n`);
  return broken.length === 0 ? 0 : 1;
};

const runAll = async (
  histories: readonly History[],
  jobs: number,
  done: (history: History, outcome: HistoryOutcome) => void,
): Promise<HistoryOutcome[]> => {
  const waiting = [...histories];
  const outcomes: HistoryOutcome[] = [];
  const alone = histories.length === 1;
  const worker = async (): Promise<void> => {
    for (let history = waiting.shift(); history !== undefined; history = waiting.shift()) {
      const log = (line: string): void => void (alone && process.stderr.write(`  ${line}\n`));
      const { seed } = history;
      const outcome = await runHistory(history, log).catch((error: unknown): HistoryOutcome => {
        const broken = [`the history itself failed: ${(error as Error).stack}`];
        return { seed, ms: 0, broken, missed: [] };
      });
      outcomes.push(outcome);
      done(history, outcome);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return outcomes;
};

const report = (history: History, { seed, ms, broken }: HistoryOutcome, alone: boolean): void => {
  const state = broken.length === 0 ? "ok    " : "BROKEN";
  process.stderr.write(`${state} seed ${seed}  ${(ms / 1000).toFixed(1)} s  ${historyText(history)}\n`);
  if (!alone || broken.length > 0)
    for (const text of broken) process.stderr.write(`       ${text.replaceAll("\n", "\n       ")}\n`);
};

interface Figures {
  readonly engine: string;
  readonly histories: number;
  readonly broken: readonly number[];
  readonly steps: Readonly<Record<string, number>>;
  /** Faults that were put in at a seam. */
  readonly simulated: readonly string[];
  /** Faults that hit nothing. */
  readonly missed: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const figuresOf = (histories: readonly History[], outcomes: readonly HistoryOutcome[]): Figures => {
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part: number): number => Math.round(times[Math.floor(part * (times.length - 1))] ?? 0);
  return {
    engine: histories[0]?.engine ?? "",
    histories: outcomes.length,
    broken: outcomes.filter(({ broken }) => broken.length > 0).map(({ seed }) => seed),
    steps: counted(histories.flatMap(({ steps }) => steps.map((step) => step.do))),
    simulated: [...SIMULATED],
    missed: counted(outcomes.flatMap(({ missed }) => missed)),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
  };
};

const counted = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

const textOf = ({ engine, histories, broken, steps, simulated, missed, p50Ms, p95Ms }: Figures): string =>
  [
    `${histories} histories on ${engine}, ${broken.length} with a broken invariant; p50 ${p50Ms} ms, p95 ${p95Ms} ms`,
    `steps: ${list(steps)}`,
    `simulated: ${simulated.join(", ")}; all others are real`,
    `hit nothing: ${list(missed)}`,
    "",
  ].join("\n");

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "-";

process.exitCode = await main();

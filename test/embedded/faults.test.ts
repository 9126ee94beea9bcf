import { expect, test } from "vitest";
import { generateHistory, historyText } from "../faults/history.ts";
import { KEPT_SEEDS, QUICK_SEEDS } from "../faults/kept-seeds.ts";
import { runHistory } from "../faults/run-history.ts";

const seeds = [...Object.keys(KEPT_SEEDS.embedded).map(Number), ...QUICK_SEEDS.embedded];
const histories = seeds.map((seed) => generateHistory(seed, "embedded"));

// Side by side: they are platforms of their own, and mostly wait.
test.concurrent.each(histories.map((history) => [history.seed, historyText(history), history] as const))(
  "the history of seed %i breaks no invariant: %s",
  async (_seed, _text, history) => {
    expect((await runHistory(history)).broken).toEqual([]);
  },
  180_000,
);

import { expect, test } from "vitest";
import { generateHistory, historyText } from "../faults/history.ts";
import { KEPT_SEEDS, QUICK_SEEDS } from "../faults/kept-seeds.ts";
import { runHistory } from "../faults/run-history.ts";

const seeds = [...Object.keys(KEPT_SEEDS.kind).map(Number), ...QUICK_SEEDS.kind];
const histories = seeds.map((seed) => generateHistory(seed, "kind"));

test.each(histories.map((history) => [history.seed, historyText(history), history] as const))(
  "the history of seed %i breaks no invariant: %s",
  async (_seed, _text, history) => {
    expect((await runHistory(history)).broken).toEqual([]);
  },
);

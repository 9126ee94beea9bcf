import { describe, expect, test } from "vitest";
import { type StepName, generateHistory, historyText } from "../../faults/history.ts";
import { acknowledged, createModel, isAllowed, sent } from "../../faults/model.ts";

const seeds = Array.from({ length: 500 }, (_, at) => at + 1);

describe("a history", () => {
  test("is the same for the same seed, and reads as one line", () => {
    for (const seed of seeds) expect(generateHistory(seed, "embedded")).toEqual(generateHistory(seed, "embedded"));
    expect(historyText(generateHistory(18, "embedded"))).toBe("up, write 35, steal-port");
  });

  test("begins with an up, killed or not", () => {
    const first = new Set(seeds.map((seed) => historyText(generateHistory(seed, "embedded")).split(/,| after/)[0]));
    expect(first).toEqual(new Set(["up", "kill-cli up"]));
  });

  test("has every command and fault of its engine in 500 seeds, and none that its engine does not know", () => {
    const named = (engine: "embedded" | "kind"): StepName[] =>
      [...new Set(seeds.flatMap((seed) => generateHistory(seed, engine).steps.map((step) => step.do)))].sort();
    expect(named("embedded")).toMatchInlineSnapshot(`
      [
        "apply",
        "at-once",
        "build",
        "clock-jump",
        "cut-connections",
        "delete",
        "dev-save",
        "down",
        "full-disk",
        "half-open-connections",
        "hang-supervisor",
        "kill-cli",
        "kill-pods",
        "kill-supervisor",
        "slow-disk",
        "start",
        "status",
        "steal-port",
        "stop",
        "up",
        "write",
      ]
    `);
    expect(named("kind")).toMatchInlineSnapshot(`
      [
        "apply",
        "at-once",
        "cut-connections",
        "delete",
        "half-open-connections",
        "hang-supervisor",
        "kill-cli",
        "kill-node",
        "kill-pods",
        "kill-registry",
        "kill-supervisor",
        "start",
        "status",
        "stop",
        "up",
        "write",
      ]
    `);
  });
});

describe("what a platform has to hold", () => {
  test("is the last acknowledged value, or one that was sent after it; nothing older", () => {
    const { writes } = createModel();
    sent(writes, "a", "1");
    acknowledged(writes, "a", "1");
    sent(writes, "a", "2");
    const allowed = (value: string | undefined): boolean => isAllowed(writes.get("a")!, value);
    expect(["1", "2", "0", undefined].map(allowed)).toEqual([true, true, false, false]);
    acknowledged(writes, "a", "3");
    expect(["2", "3"].map(allowed)).toEqual([false, true]);
  });
});

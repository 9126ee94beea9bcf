import { describe, expect, test } from "vitest";
import { bytesOf, fairShares, newestItems, newestLines } from "../../../src/diagnostics/bounds.ts";
import { LARGEST_ARCHIVE, bounded } from "../../../src/diagnostics/diagnostics.ts";
import { pick, seeded } from "../../helpers/random.ts";

describe("the newest lines of a log", () => {
  test("are all of them where they fit", () => {
    expect(newestLines("one\ntwo\n", 8)).toBe("one\ntwo\n");
  });

  test("are whole, are the last ones, stay within the limit and say what is not there", () => {
    const random = seeded(7);
    for (let round = 0; round < 300; round++) {
      const lines = Array.from({ length: 40 }, (_, at) => `${at} ${"é😀x".repeat(Math.floor(random() * 6))}\n`);
      const limit = 30 + Math.floor(random() * 400);
      const text = lines.join("");
      const [note = "", ...kept] = newestLines(text, limit).split("\n");
      expect(bytesOf(newestLines(text, limit))).toBeLessThanOrEqual(limit);
      if (bytesOf(text) <= limit) continue;
      expect(text.endsWith(kept.join("\n"))).toBe(true);
      expect(lines.join("")).toContain(kept.join("\n"));
      const left = Number(/^\[(\d+) older/.exec(note)?.[1]);
      expect(left + bytesOf(kept.join("\n"))).toBe(bytesOf(text));
    }
  });
});

describe("the newest items", () => {
  const options = { timeOf: (item: string) => item.slice(0, 1), textOf: (item: string) => item };

  test("are kept in their own order, and one that is too large keeps no other out", () => {
    expect(newestItems(["3aa", "1aa", "4aaaaaaaa", "2aa"], 6, options)).toEqual({ items: ["3aa", "2aa"], leftOut: 2 });
  });
});

describe("fair shares", () => {
  test("give everybody what is needed while there is enough, and never more than there is", () => {
    const random = seeded(3);
    for (let round = 0; round < 200; round++) {
      const needs = Array.from({ length: 1 + Math.floor(random() * 9) }, () => Math.floor(random() * 1000));
      const budget = Math.floor(random() * 4000);
      const shares = fairShares(needs, budget);
      const total = shares.reduce((sum, share) => sum + share, 0);
      expect(total).toBeLessThanOrEqual(budget);
      expect(shares.every((share, index) => share <= needs[index]!)).toBe(true);
      if (needs.reduce((sum, need) => sum + need, 0) <= budget) expect(shares).toEqual(needs);
    }
  });

  test("are not taken by the one who needs most", () => {
    expect(fairShares([10, 1_000_000, 20], 100)).toEqual([10, 70, 20]);
  });
});

describe("an archive", () => {
  test("is never larger than its limit, and says which parts did not fit", () => {
    const random = seeded(11);
    const parts = Array.from({ length: 60 }, (_, at) => ({
      path: `part-${at}`,
      text: "x".repeat(pick(random, [10, 100_000, 1_900_000])),
    }));
    const { parts: kept, manifest } = bounded("shop", "1.2.3", { parts, missing: [] });
    const bytes = kept.reduce((sum, { text }) => sum + text.length, 0);
    expect(bytes).toBeLessThanOrEqual(LARGEST_ARCHIVE);
    expect(manifest.missing.length).toBeGreaterThan(0);
    expect(kept.length + manifest.missing.length).toBe(60);
  });
});

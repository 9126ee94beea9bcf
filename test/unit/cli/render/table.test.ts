import { describe, expect, test } from "vitest";
import { formatAge, formatDuration, renderTable } from "../../../../src/cli/render/table.ts";

describe("a table", () => {
  test("has columns as wide as their widest text and no blanks at line ends", () => {
    expect(
      renderTable(
        ["NAME", "STATE"],
        [
          ["a", "ready"],
          ["longer", ""],
        ],
      ),
    ).toBe("NAME    STATE\na       ready\nlonger\n");
  });

  test("cuts the widest column to fit a terminal, never the first", () => {
    const text = renderTable(["NAME", "MESSAGE"], [["a-rather-long-name", "x".repeat(100)]], 40);
    expect(
      text
        .split("\n")
        .map(({ length }) => length)
        .filter((length) => length > 40),
    ).toEqual([]);
    expect(text).toContain("a-rather-long-name");
    expect(text).toContain("…");
  });

  test("counts characters, not bytes", () => {
    expect(renderTable(["NAME", "X"], [["näme→", "1"]])).toBe("NAME   X\nnäme→  1\n");
  });
});

describe("times", () => {
  test.each([
    [0, "0.0 s"],
    [41_700, "41.7 s"],
    [119_949, "119.9 s"],
    [119_960, "2 min 0 s"],
    [179_600, "3 min 0 s"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test.each([
    [42, "42s"],
    [600, "10m"],
    [3 * 3600, "3h"],
    [10 * 86_400, "10d"],
  ])("%d seconds ago is %s", (seconds, text) => {
    const now = Date.parse("2030-01-01T00:00:00Z");
    expect(formatAge(new Date(now - seconds * 1000).toISOString(), now)).toBe(text);
  });

  test("an unknown age is a dash", () => {
    expect([formatAge(undefined), formatAge("whenever")]).toEqual(["-", "-"]);
  });
});

import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/lib/duration.ts";
import { isChoreoError } from "../../../src/lib/errors.ts";

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "5", "m", "-1s", "1.5h", "5 m", "soon"])("refuses %j", (text) => {
    expect.assertions(1);
    try {
      parseDuration(text);
    } catch (error) {
      expect(isChoreoError(error, "E_USAGE")).toBe(true);
    }
  });
});

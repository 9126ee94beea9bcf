import { describe, expect, test } from "vitest";
import { lastDue } from "../../../../../src/engine/embedded/controllers/cron/due.ts";
import { parseSchedule } from "../../../../../src/engine/embedded/cron/schedule.ts";

const next = (expression: string, after: string, timeZone = "UTC"): string | undefined => {
  const ms = parseSchedule(expression, timeZone).next(Date.parse(after));
  return ms === undefined ? undefined : new Date(ms).toISOString().replace(":00.000Z", "Z");
};

describe("a cron expression", () => {
  test.each([
    ["* * * * *", "2030-01-01T00:00:00Z", "2030-01-01T00:01Z"],
    ["* * * * *", "2030-01-01T00:00:59Z", "2030-01-01T00:01Z"],
    ["*/15 * * * *", "2030-01-01T00:15:00Z", "2030-01-01T00:30Z"],
    ["5/20 * * * *", "2030-01-01T00:25:00Z", "2030-01-01T00:45Z"],
    ["0 9-17/4 * * *", "2030-01-01T09:00:00Z", "2030-01-01T13:00Z"],
    ["30 4 1,15 * *", "2030-01-02T00:00:00Z", "2030-01-15T04:30Z"],
    ["0 0 * * MON-FRI", "2030-01-04T12:00:00Z", "2030-01-07T00:00Z"],
    ["0 0 1 jan,JUL ?", "2030-01-01T00:00:00Z", "2030-07-01T00:00Z"],
    ["0 0 29 2 *", "2030-01-01T00:00:00Z", "2032-02-29T00:00Z"],
    ["0 0 13 * 5", "2030-01-01T00:00:00Z", "2030-01-04T00:00Z"],
    ["0 0 */2 * 5", "2030-01-01T00:00:00Z", "2030-01-03T00:00Z"],
    ["@hourly", "2030-01-01T00:10:00Z", "2030-01-01T01:00Z"],
    ["@daily", "2030-01-01T00:00:00Z", "2030-01-02T00:00Z"],
    ["@weekly", "2030-01-01T00:00:00Z", "2030-01-06T00:00Z"],
    ["@monthly", "2030-01-31T00:00:00Z", "2030-02-01T00:00Z"],
    ["@yearly", "2030-01-01T00:00:00Z", "2031-01-01T00:00Z"],
    ["@every 90m", "2030-01-01T00:10:00Z", "2030-01-01T01:40Z"],
  ])("%s after %s is due at %s", (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  test("that never comes is due at no time", () => {
    expect(next("0 0 31 2 *", "2030-01-01T00:00:00Z")).toBeUndefined();
  });

  test("goes by the clock of its zone", () => {
    expect(next("0 9 * * *", "2030-01-01T00:00:00Z", "Europe/Berlin")).toBe("2030-01-01T08:00Z");
    expect(next("0 9 * * *", "2030-07-01T00:00:00Z", "Europe/Berlin")).toBe("2030-07-01T07:00Z");
    expect(next("30 0 * * *", "2030-01-01T00:00:00Z", "Asia/Kolkata")).toBe("2030-01-01T19:00Z");
  });

  test("leaves out a time that the change to summer time leaves out", () => {
    // In Berlin there is no 02:30 on 31 March 2030.
    expect(next("30 2 * * *", "2030-03-30T12:00:00Z", "Europe/Berlin")).toBe("2030-04-01T00:30Z");
  });

  test.each([
    "",
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "5-1 * * * *",
    "*/0 * * * *",
    "x * * * *",
    "@often",
  ])("%j is refused", (expression) => {
    expect(() => parseSchedule(expression, "UTC")).toThrow();
  });

  test("in a zone that does not exist is refused", () => {
    expect(() => parseSchedule("* * * * *", "Europe/Nowhere")).toThrow(RangeError);
  });
});

describe("the last time that was due", () => {
  const at = (text: string): number => Date.parse(text);

  test("is the last one before now, however long the pause was", () => {
    const minutely = parseSchedule("* * * * *", "UTC");
    expect(lastDue(minutely, at("2030-01-01T00:00:00Z"), at("2030-01-01T00:02:30Z"))).toEqual({
      lastMs: at("2030-01-01T00:02:00Z"),
      isMany: false,
    });
    expect(lastDue(minutely, at("2028-01-01T00:00:00Z"), at("2030-01-01T00:02:30Z"))).toEqual({
      lastMs: at("2030-01-01T00:02:00Z"),
      isMany: true,
    });
    const yearly = parseSchedule("@yearly", "UTC");
    expect(lastDue(yearly, at("2020-06-01T00:00:00Z"), at("2030-12-31T00:00:00Z"))?.lastMs).toBe(
      at("2030-01-01T00:00:00Z"),
    );
  });

  test("is none where none was", () => {
    const hourly = parseSchedule("@hourly", "UTC");
    expect(lastDue(hourly, at("2030-01-01T00:00:00Z"), at("2030-01-01T00:59:00Z"))).toBeUndefined();
  });
});

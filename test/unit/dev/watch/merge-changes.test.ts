import { describe, expect, test } from "vitest";
import { mergeChanges } from "../../../../src/dev/watch/merge-changes.ts";
import type { SourceChange } from "../../../../src/dev/watch/watch-source.ts";

const NEW = { path: "a", kind: "written", isNew: true } as const;
const WRITTEN = { path: "a", kind: "written" } as const;
const REMOVED = { path: "a", kind: "removed" } as const;

/** What batches with one change each come to. */
const merged = (...changes: readonly SourceChange[]): SourceChange[] => [
  ...changes
    .reduce<ReadonlyMap<string, SourceChange>>((before, change) => mergeChanges(before, [change]), new Map())
    .values(),
];

describe("changes of several batches", () => {
  test("are none of a file that came and went", () => {
    expect(merged(NEW, REMOVED)).toEqual([]);
    expect(merged(NEW, WRITTEN, REMOVED)).toEqual([]);
    expect(merged(NEW, REMOVED, NEW)).toEqual([NEW]);
  });

  test("are the last one of a file that was there before", () => {
    expect(merged(WRITTEN, REMOVED)).toEqual([REMOVED]);
    expect(merged(REMOVED, NEW)).toEqual([WRITTEN]);
    expect(merged(REMOVED, NEW, REMOVED)).toEqual([REMOVED]);
  });

  test("keep those of other files", () => {
    expect(merged({ ...NEW, path: "b" }, NEW, REMOVED)).toEqual([{ ...NEW, path: "b" }]);
  });
});

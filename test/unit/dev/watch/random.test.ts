import { writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { watchDirectory } from "../../../../src/dev/watch/directory-watch.ts";
import { ignoreRules } from "../../../../src/dev/watch/ignore-rules.ts";
import { scanTree } from "../../../../src/dev/watch/scan.ts";
import { type SourceBatch, type WatchOptions, watchSource } from "../../../../src/dev/watch/watch-source.ts";
import { seeded } from "../../../helpers/random.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { change, contentOf } from "./random-operations.ts";

const copyOf = async (folder: string): Promise<Map<string, string | undefined>> => {
  const entries = await scanTree(folder, ignoreRules(folder));
  return new Map(entries.map((entry) => [entry.path, contentOf(path.join(folder, entry.path))]));
};

const sorted = (copy: ReadonlyMap<string, unknown>): unknown[] => [...copy].sort(([a], [b]) => (a < b ? -1 : 1));

interface Followed {
  readonly copy: unknown[];
  readonly known: string[];
  readonly fresh: unknown[];
}

/** Keeps a copy of a tree by the batches alone while operations run; gives it and the tree when all has been told. */
const follow = async (seed: number, more: Partial<WatchOptions> = {}): Promise<Followed> => {
  const random = seeded(seed);
  const folder = temporaryFolder();
  for (let operation = 0; operation < 15; operation++) change(folder, random);
  let done = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  let copy = new Map<string, string | undefined>();
  const onBatch = ({ changes }: SourceBatch): void => {
    for (const { path: file, kind } of changes) {
      if (kind === "removed") copy.delete(file);
      else copy.set(file, contentOf(path.join(folder, file)));
    }
    if (changes.some(({ path: file }) => file === "the-end")) done();
  };
  await using watcher = await watchSource({
    folder,
    rules: ignoreRules(folder),
    settleMs: 5,
    onTrouble: () => undefined,
    ...more,
    onBatch,
  });
  copy = await copyOf(folder);
  if (random() < 0.5) await watcher.readAhead;
  for (let operation = 0; operation < 60; operation++) {
    change(folder, random);
    if (random() < 0.3) await turn();
    if (random() < 0.1) await delay(random() * 30);
  }
  writeFileSync(path.join(folder, "the-end"), "");
  await ended;
  const fresh = sorted(await copyOf(folder));
  // When time is up a batch leaves out what seems to be written still: that comes with the next.
  const latest = performance.now() + 5000;
  while (!isDeepStrictEqual(sorted(copy), fresh) && performance.now() < latest) await delay(10);
  return { copy: sorted(copy), known: [...watcher.files().keys()].sort(), fresh };
};

const names = (files: readonly unknown[]): unknown[] => files.map((entry) => (entry as [string])[0]);

describe("a copy that follows the batches", () => {
  test.each(Array.from({ length: 25 }, (_, index) => index + 1))("equals the tree, seed %i", async (seed) => {
    const { copy, known, fresh } = await follow(seed);
    expect(copy).toEqual(fresh);
    expect(known).toEqual(names(fresh));
  });

  test.each([101, 102, 103])("equals the tree that is polled, seed %i", async (seed) => {
    const { copy, fresh } = await follow(seed, {
      watchDirectory: () => {
        throw Object.assign(new Error("no watches"), { code: "ENOSPC" });
      },
    });
    expect(copy).toEqual(fresh);
  });

  test.each([201, 202, 203, 204])("equals the tree whose watches run out on the way, seed %i", async (seed) => {
    let given = 0;
    const { copy, fresh } = await follow(seed, {
      watchDirectory: (directory, events) => {
        if (given++ > 12) throw Object.assign(new Error("no watches"), { code: "ENOSPC" });
        return watchDirectory(directory, events);
      },
    });
    expect(copy).toEqual(fresh);
  });
});

import { chmodSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { digestCache, isRacy } from "../../../../src/dev/watch/digest-cache.ts";
import { digestTree } from "../../../../src/dev/watch/digest-tree.ts";
import { look } from "../../../../src/dev/watch/entry.ts";
import { ignoreRules } from "../../../../src/dev/watch/ignore-rules.ts";
import { untilTrue } from "../../../helpers/until.ts";
import { put, tree } from "./files.ts";

const digest = async (folder: string): Promise<string> =>
  (await digestTree({ folder, rules: ignoreRules(folder) })).digest;

const FILES = { "a.js": "1", "in/b.js": "2", "in/c.sh": "3" };

describe("the digest of a tree", () => {
  test("is that of another tree with the same files, whatever the times", async () => {
    const [one, two] = [tree(FILES), tree({ ...FILES, ".git/x": "", "node_modules/y": "" })];
    utimesSync(path.join(two, "a.js"), new Date(0), new Date(0));
    expect(await digest(one)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await digest(two)).toBe(await digest(one));
  });

  test.each<[string, (folder: string) => void]>([
    ["content", (folder) => put(folder, { "a.js": "x" })],
    ["a name", (folder) => renameSync(path.join(folder, "a.js"), path.join(folder, "d.js"))],
    ["the executable bit", (folder) => chmodSync(path.join(folder, "in/c.sh"), 0o755)],
    ["a new empty file", (folder) => put(folder, { e: "" })],
    ["a file that is gone", (folder) => rmSync(path.join(folder, "a.js"))],
    [
      "a link in place of a file",
      (folder) => {
        rmSync(path.join(folder, "a.js"));
        symlinkSync("1", path.join(folder, "a.js"));
      },
    ],
  ])("changes with %s", async (_title, change) => {
    const folder = tree(FILES);
    const before = await digest(folder);
    change(folder);
    expect(await digest(folder)).not.toBe(before);
  });

  test("does not change with other permissions, nor with what a link points to", async () => {
    const folder = tree(FILES);
    symlinkSync("a.js", path.join(folder, "link"));
    symlinkSync("missing/file", path.join(folder, "dead"));
    const before = await digest(folder);
    chmodSync(path.join(folder, "a.js"), 0o640);
    const { digest: after, files } = await digestTree({ folder, rules: ignoreRules(folder) });
    expect(after).toBe(before);
    expect(files).toBe(5);
  });

  test("reads no file twice that has not changed", async () => {
    const folder = tree(FILES);
    const cache = digestCache();
    const options = { folder, rules: ignoreRules(folder), cache };
    const first = await untilTrue("files that are old enough", async () => {
      await digestTree(options);
      const again = await digestTree(options);
      return again.read === 0 ? again : undefined;
    });
    put(folder, { "a.js": "9" });
    const second = await digestTree(options);
    expect(second.read).toBe(1);
    expect(second.digest).not.toBe(first.digest);
    expect(second).toMatchObject({ files: 3, bytes: 3 });
  });

  test("sees each of many writes of the same length right after one another", async () => {
    const folder = tree({ a: "00000" });
    const options = { folder, rules: ignoreRules(folder), cache: digestCache() };
    const seen = new Set<string>();
    for (let round = 10_000; round < 10_200; round++) {
      writeFileSync(path.join(folder, "a"), String(round));
      seen.add((await digestTree(options)).digest);
    }
    expect(seen.size).toBe(200);
  });

  test("is the same for large files, which are read in pieces", async () => {
    const large = "x".repeat(3_000_000);
    const [one, two] = [tree({ a: large }), tree({ a: large })];
    expect(await digest(one)).toBe(await digest(two));
    put(two, { a: `${large.slice(1)}y` });
    expect(await digest(one)).not.toBe(await digest(two));
  });
});

describe("what was read is trusted", () => {
  test.each([
    ["not when the file was written in the same tick", 1000.5, 1001, true],
    ["when it was read long enough after", 1000.5, 1100, false],
    ["not when a file system that counts seconds would show the same", 5000, 6500, true],
    ["when such a file is older", 5000, 8000, false],
    ["not when its time is yet to come", 9000.5, 1000, true],
  ])("%s", (_title, ctimeMs, readAt, racy) => {
    expect(isRacy({ ctimeMs }, readAt)).toBe(racy);
  });

  test("not when the file was written while it was read", () => {
    const folder = tree({ a: "1" });
    const file = path.join(folder, "a");
    const stats = look(file);
    if (stats === undefined || stats === "directory") throw new Error("no file");
    const cache = digestCache();
    put(folder, { a: "longer" });
    void cache.digest(file, stats);
    void cache.digest(file, stats);
    expect(cache.reads()).toBe(2);
  });
});

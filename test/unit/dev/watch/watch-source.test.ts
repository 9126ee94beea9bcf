import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { watchDirectory } from "../../../../src/dev/watch/directory-watch.ts";
import { ignoreRules } from "../../../../src/dev/watch/ignore-rules.ts";
import { type SourceBatch, watchSource } from "../../../../src/dev/watch/watch-source.ts";
import { deferred } from "../../../../src/lib/deferred.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { put, tree } from "./files.ts";
import { watching } from "./watching.ts";

/** Gives so many watches, and then none. */
const exhausted = (code: string, allowed: number): typeof watchDirectory => {
  let given = 0;
  return (directory, events) => {
    if (given++ >= allowed) throw Object.assign(new Error(code), { code });
    return watchDirectory(directory, events);
  };
};

describe("a save", () => {
  test("is one batch with the file", async () => {
    const folder = tree();
    const { nextBatch, batches } = await watching(folder);
    const before = Date.now();
    put(folder, { "src/a.js": "changed" });
    expect(await nextBatch()).toEqual(["written src/a.js"]);
    expect(batches[0]?.observedAt).toBeGreaterThanOrEqual(before);
    expect(batches[0]?.watchMs).toBeGreaterThan(0);
  });

  test("with the same content is none, nor is a touch", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder);
    utimesSync(path.join(folder, "src/a.js"), new Date(), new Date());
    put(folder, { "src/b.js": "2" });
    put(folder, { "src/c.js": "new" });
    expect(await nextBatch()).toEqual(["written src/c.js"]);
  });

  test("of another permission is one", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder);
    chmodSync(path.join(folder, "src/a.js"), 0o755);
    expect(await nextBatch()).toEqual(["written src/a.js"]);
  });

  test("by an editor that writes beside the file and renames is one written file", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder);
    put(folder, { "src/a.js.tmp1": "changed" });
    renameSync(path.join(folder, "src/a.js.tmp1"), path.join(folder, "src/a.js"));
    expect(await nextBatch()).toEqual(["written src/a.js"]);
  });

  test("by an editor that deletes and creates is one written file", async () => {
    const folder = tree();
    const { nextBatch, watcher } = await watching(folder, { settleMs: 300 });
    unlinkSync(path.join(folder, "src/a.js"));
    while (watcher.files().has("src/a.js")) await turn();
    // Seen as gone, but not told: a file that is gone gets four times as long.
    await delay(100);
    put(folder, { "src/a.js": "changed" });
    expect(await nextBatch()).toEqual(["written src/a.js"]);
  });

  test("that ends where it began is none", async () => {
    const folder = tree();
    const { nextBatch, watcher } = await watching(folder, { settleMs: 100 });
    unlinkSync(path.join(folder, "src/a.js"));
    while (watcher.files().has("src/a.js")) await turn();
    put(folder, { "src/a.js": "1", "src/c.js": "new" });
    expect(await nextBatch()).toEqual(["written src/c.js"]);
  });

  test.each([
    ["events", watchDirectory],
    ["polling", exhausted("ENOSPC", 0)],
  ])("right after the start is told, with %s", async (_mode, open) => {
    const files = Array.from({ length: 300 }, (_, index) => `d${index % 30}/f${index}`);
    const folder = tree(Object.fromEntries(files.map((file) => [file, "1"])));
    const told = new Set<string>();
    const options = {
      ...{ folder, rules: ignoreRules(folder), onTrouble: () => undefined, watchDirectory: open },
      onBatch: ({ changes }: SourceBatch) => changes.forEach(({ path: file }) => told.add(file)),
    };
    await using watcher = await watchSource(options);
    put(folder, Object.fromEntries(files.map((file) => [file, "2"])));
    await watcher.readAhead;
    while (told.size < files.length) await turn();
    expect([...told].sort()).toEqual(files.sort());
  });

  test("as vim makes it is one written file", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder);
    put(folder, { "src/4913": "", "src/.a.js.swp": "x" });
    unlinkSync(path.join(folder, "src/4913"));
    renameSync(path.join(folder, "src/a.js"), path.join(folder, "src/a.js~"));
    put(folder, { "src/a.js": "changed" });
    unlinkSync(path.join(folder, "src/a.js~"));
    unlinkSync(path.join(folder, "src/.a.js.swp"));
    expect(await nextBatch()).toEqual(["written src/a.js"]);
  });

  test("by an editor that takes its time between a temporary file and the rename is one written file", async () => {
    const folder = tree();
    const { nextBatch, batches, watcher } = await watching(folder, { settleMs: 300 });
    put(folder, { "src/sedA1b2C3": "changed" });
    while (!watcher.files().has("src/sedA1b2C3")) await turn();
    // Seen, but not told: a new file gets four times as long.
    await delay(100);
    renameSync(path.join(folder, "src/sedA1b2C3"), path.join(folder, "src/a.js"));
    expect(await nextBatch()).toEqual(["written src/a.js"]);
    expect(batches).toHaveLength(1);
  });

  test("tells a new file from one that was there", async () => {
    const folder = tree();
    const { nextBatch, batches } = await watching(folder);
    put(folder, { "src/a.js": "changed", "src/c.js": "new" });
    expect(await nextBatch()).toEqual(["written src/a.js", "written src/c.js"]);
    expect(batches[0]?.changes.map(({ isNew }) => isNew)).toEqual([undefined, true]);
  });

  test("of a file that is written in pieces is not told before its end", async () => {
    const folder = tree();
    const { nextBatch, watcher } = await watching(folder, { settleMs: 200 });
    for (let piece = 0; piece < 60; piece++) {
      appendFileSync(path.join(folder, "src/big.js"), "x".repeat(1000));
      await delay(5);
    }
    expect(await nextBatch()).toEqual(["written src/big.js"]);
    const whole = await watching(tree({ "src/big.js": "x".repeat(60_000) }));
    expect(watcher.files().get("src/big.js")).toBe(whole.watcher.files().get("src/big.js"));
  });
});

describe("directories", () => {
  test("that are new are entered, with what was written before they were watched", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder);
    put(folder, { "src/deep/er/one.js": "1", "src/deep/er/two.js": "2" });
    expect(await nextBatch()).toEqual(["written src/deep/er/one.js", "written src/deep/er/two.js"]);
    put(folder, { "src/deep/er/one.js": "changed" });
    expect(await nextBatch()).toEqual(["written src/deep/er/one.js"]);
  });

  test("that are renamed take their files along", async () => {
    const folder = tree();
    const { nextBatch, watcher } = await watching(folder);
    renameSync(path.join(folder, "src"), path.join(folder, "lib"));
    expect(await nextBatch()).toEqual(["written lib/a.js", "written lib/b.js", "removed src/a.js", "removed src/b.js"]);
    put(folder, { "lib/a.js": "changed" });
    expect(await nextBatch()).toEqual(["written lib/a.js"]);
    expect(watcher.state()).toEqual({ mode: "events", watches: 2 });
  });

  test("that are replaced by others of the same name are watched anew", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder);
    put(folder, { "next/a.js": "1", "next/c.js": "3" });
    await nextBatch();
    rmSync(path.join(folder, "src"), { recursive: true });
    renameSync(path.join(folder, "next"), path.join(folder, "src"));
    expect(await nextBatch()).toEqual([
      "removed next/a.js",
      "removed next/c.js",
      "removed src/b.js",
      "written src/c.js",
    ]);
    put(folder, { "src/c.js": "changed" });
    expect(await nextBatch()).toEqual(["written src/c.js"]);
  });

  test("get one watch each, and ignored ones none", async () => {
    const folder = tree({
      ".gitignore": "dist/\n",
      "src/a.js": "1",
      "src/in/b.js": "2",
      "dist/out/a.js": "1",
      "node_modules/x/index.js": "1",
    });
    const { watcher } = await watching(folder);
    expect(watcher.state()).toEqual({ mode: "events", watches: 3 });
    await watcher.close();
    expect(watcher.state().watches).toBe(0);
  });
});

describe("links", () => {
  test("are told when they point elsewhere, and never followed", async () => {
    const folder = tree();
    const outside = tree({ "secret.js": "1" });
    symlinkSync(outside, path.join(folder, "src/link"));
    const { nextBatch, watcher } = await watching(folder);
    expect(watcher.files().get("src/link")).toBe(`link ${outside}`);
    put(outside, { "secret.js": "changed" });
    unlinkSync(path.join(folder, "src/link"));
    symlinkSync("a.js", path.join(folder, "src/link"));
    expect(await nextBatch()).toEqual(["written src/link"]);
  });
});

describe("bursts", () => {
  test("of hundreds of files are one batch", async () => {
    const folder = tree();
    const { nextBatch, batches } = await watching(folder);
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`many/d${index % 20}/f${index}`, "x"]));
    put(folder, files);
    expect(await nextBatch()).toHaveLength(500);
    expect(batches).toHaveLength(1);
  });

  test("of a git checkout are one batch", async () => {
    const folder = temporaryFolder();
    const git = (...args: string[]): unknown =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@localhost", ...args], { cwd: folder });
    git("init", "-q");
    put(folder, { "src/a.js": "1", "src/only.js": "1" });
    git("add", ".");
    git("commit", "-qm", "one");
    git("checkout", "-qb", "other");
    rmSync(path.join(folder, "src/only.js"));
    put(folder, Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`src/d${index % 7}/f${index}.js`, "x"])));
    git("add", ".");
    git("commit", "-qm", "two");
    const { nextBatch, batches } = await watching(folder);
    const checkout = spawn("git", ["checkout", "-q", "-"], { cwd: folder });
    expect(await nextBatch()).toHaveLength(301);
    if (checkout.exitCode === null) await once(checkout, "exit");
    expect(batches).toHaveLength(1);
  });

  test("that are so large that the system drops events are complete all the same", async () => {
    const folder = tree();
    let events = 0;
    const { watcher, nextBatch } = await watching(folder, {
      watchDirectory: (directory, { onEvent, onEnd }) =>
        watchDirectory(directory, { onEvent: (name) => (++events > 2100 ? undefined : onEvent(name)), onEnd }),
    });
    const files = Array.from({ length: 2000 }, (_, index) => `src/f${index}`);
    put(folder, Object.fromEntries(files.map((file) => [file, "x"])));
    while (watcher.files().size < 2002) await nextBatch();
    expect(events).toBeGreaterThan(2100);
    expect([...watcher.files().keys()].sort()).toEqual(["src/a.js", "src/b.js", ...files].sort());
  });

  test("wait for git's lock", async () => {
    const folder = tree();
    execFileSync("git", ["init", "-q"], { cwd: folder });
    const { nextBatch, batches } = await watching(folder);
    const lock = path.join(folder, ".git/index.lock");
    writeFileSync(lock, "");
    put(folder, { "src/a.js": "half way" });
    await delay(300);
    expect(batches).toEqual([]);
    put(folder, { "src/a.js": "done", "src/z.js": "1" });
    unlinkSync(lock);
    expect(await nextBatch()).toEqual(["written src/a.js", "written src/z.js"]);
  });

  test("do not wait for a lock that was left behind", async () => {
    const folder = tree();
    execFileSync("git", ["init", "-q"], { cwd: folder });
    const { nextBatch } = await watching(folder);
    const lock = path.join(folder, ".git/index.lock");
    writeFileSync(lock, "");
    utimesSync(lock, new Date(0), new Date(0));
    put(folder, { "src/a.js": "changed" });
    expect(await nextBatch()).toEqual(["written src/a.js"]);
  });

  test("of other files do not wait for one that is written all the time", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder, { settleMs: 30 });
    put(folder, { "src/a.js": "changed" });
    const writer = new AbortController();
    const writing = (async (): Promise<void> => {
      while (!writer.signal.aborted) {
        appendFileSync(path.join(folder, "src/out.txt"), "line\n");
        await turn();
      }
    })();
    expect(await nextBatch()).toEqual(["written src/a.js"]);
    expect(await nextBatch()).toEqual(["written src/out.txt"]);
    writer.abort();
    await writing;
  });
});

describe("ignore files", () => {
  test("that change count at once, in both directions", async () => {
    const folder = tree({ ".gitignore": "", "src/a.js": "1", "out/b.js": "2" });
    const { nextBatch, watcher } = await watching(folder);
    put(folder, { ".gitignore": "out\n" });
    expect(await nextBatch()).toEqual(["written .gitignore", "removed out/b.js"]);
    expect(watcher.state().watches).toBe(2);
    put(folder, { ".gitignore": "src\n" });
    expect(await nextBatch()).toEqual(["written .gitignore", "written out/b.js", "removed src/a.js"]);
    put(folder, { "out/b.js": "changed" });
    expect(await nextBatch()).toEqual(["written out/b.js"]);
  });

  test("that no longer name a file do not hide one that is written while they are read", async () => {
    const folder = tree({ ".gitignore": "*.log\n" });
    const rules = ignoreRules(folder);
    const [listed, told, goOn] = [deferred(), deferred(), deferred()];
    let opened = 0;
    const { nextBatch } = await watching(folder, {
      rules: {
        ...rules,
        open: async (entries) => {
          if (++opened === 2) {
            listed.resolve();
            await goOn.promise;
          }
          return rules.open(entries);
        },
      },
      watchDirectory: (directory, events) =>
        watchDirectory(directory, {
          ...events,
          onEvent: (name) => {
            events.onEvent(name);
            if (name === "late.log") told.resolve();
          },
        }),
    });
    put(folder, { ".gitignore": "" });
    await listed.promise;
    put(folder, { "late.log": "1" });
    await told.promise;
    goOn.resolve();
    expect(await nextBatch()).toEqual(["written .gitignore", "written late.log"]);
  });

  test("above the folder count too", async () => {
    const top = tree({ "app/src/a.js": "1", "app/src/a.log": "1" });
    execFileSync("git", ["init", "-q"], { cwd: top });
    const { nextBatch } = await watching(path.join(top, "app"));
    put(top, { ".gitignore": "*.log\n" });
    expect(await nextBatch()).toEqual(["removed src/a.log"]);
  });
});

describe("watches above the folder", () => {
  test("that die are replaced", async () => {
    const top = tree({ "app/a.js": "1", "app/a.log": "1" });
    execFileSync("git", ["init", "-q"], { cwd: top });
    const ends: (() => void)[] = [];
    const { nextBatch, watcher } = await watching(path.join(top, "app"), {
      watchDirectory: (directory, events) => {
        if (directory === top) ends.push(events.onEnd);
        return watchDirectory(directory, events);
      },
    });
    ends[0]?.();
    while (ends.length < 2) await turn();
    put(top, { ".gitignore": "*.log\n" });
    expect(await nextBatch()).toEqual(["removed a.log"]);
    expect(watcher.state().watches).toBe(3);
  });
});

describe("the folder itself", () => {
  test("may go and come back: only what is different then is told", async () => {
    const top = tree({ "app/a.js": "1", "app/b.js": "2", "app/in/c.js": "3" });
    const folder = path.join(top, "app");
    const { nextBatch, trouble, batches } = await watching(folder);
    renameSync(folder, path.join(top, "away"));
    expect((await trouble("folder-gone")).message).toContain(folder);
    expect(batches).toEqual([]);
    put(folder, { "a.js": "1", "in/c.js": "changed" });
    await trouble("folder-back");
    expect(await nextBatch()).toEqual(["removed b.js", "written in/c.js"]);
    put(folder, { "in/c.js": "again" });
    expect(await nextBatch()).toEqual(["written in/c.js"]);
  });

  test("may be deleted: its files are not told as removed", async () => {
    const top = tree({ "app/a.js": "1", "app/in/c.js": "3" });
    const folder = path.join(top, "app");
    const { nextBatch, trouble } = await watching(folder);
    rmSync(folder, { recursive: true });
    await trouble("folder-gone");
    put(folder, { "a.js": "changed", "in/c.js": "3" });
    expect(await nextBatch()).toEqual(["written a.js"]);
  });

  test("may be replaced together with a folder above it, of which no event tells", async () => {
    const top = tree({ "up/app/a.js": "1", "up/app/b.js": "2", "next/app/a.js": "changed", "next/app/b.js": "2" });
    const { nextBatch } = await watching(path.join(top, "up/app"));
    renameSync(path.join(top, "up"), path.join(top, "old"));
    renameSync(path.join(top, "next"), path.join(top, "up"));
    expect(await nextBatch()).toEqual(["written a.js"]);
    put(top, { "up/app/b.js": "changed" });
    expect(await nextBatch()).toEqual(["written b.js"]);
  });

  test("has to be there at the start", async () => {
    const folder = path.join(temporaryFolder(), "missing");
    await expect(
      watchSource({ folder, rules: ignoreRules(folder), onBatch: () => undefined, onTrouble: () => undefined }),
    ).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});

describe("without watches", () => {
  test("the tree is polled, and the limit is told once", async () => {
    const folder = tree();
    const { nextBatch, watcher, troubles } = await watching(folder, { watchDirectory: exhausted("ENOSPC", 1) });
    expect(watcher.state()).toEqual({ mode: "polling", watches: 0 });
    put(folder, { "src/a.js": "changed", "src/new/c.js": "1" });
    expect(await nextBatch()).toEqual(["written src/a.js", "written src/new/c.js"]);
    rmSync(path.join(folder, "src/new"), { recursive: true });
    utimesSync(path.join(folder, "src/b.js"), new Date(), new Date());
    expect(await nextBatch()).toEqual(["removed src/new/c.js"]);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatchObject({
      kind: "polling",
      why: expect.stringMatching(/\/proc\/sys\/fs\/inotify\/max_user_watches is \d+/),
      fix: expect.stringMatching(/sysctl fs\.inotify\.max_user_watches=\d+,/),
    });
  });

  test("a file that is written in pieces is told once, at its end", async () => {
    const folder = tree();
    const { nextBatch } = await watching(folder, { settleMs: 100, watchDirectory: exhausted("ENOSPC", 0) });
    const began = performance.now();
    while (performance.now() - began < 1000) {
      appendFileSync(path.join(folder, "src/big.js"), "x");
      await turn();
    }
    put(folder, { "src/end.js": "" });
    expect(await nextBatch()).toEqual(["written src/big.js", "written src/end.js"]);
  });

  test("for new directories, a watch becomes a poll and nothing is lost", async () => {
    const folder = tree();
    const { nextBatch, watcher, trouble } = await watching(folder, { watchDirectory: exhausted("EMFILE", 2) });
    expect(watcher.state().mode).toBe("events");
    put(folder, { "src/new/c.js": "1" });
    expect(await nextBatch()).toEqual(["written src/new/c.js"]);
    expect((await trouble("polling")).why).toContain("max_user_instances");
    put(folder, { "src/new/c.js": "2" });
    expect(await nextBatch()).toEqual(["written src/new/c.js"]);
  });

  test("a watch that dies is replaced, and what happened meanwhile is found", async () => {
    const folder = tree();
    const ends: (() => void)[] = [];
    const { nextBatch, watcher } = await watching(folder, {
      watchDirectory: (directory, events) => {
        const watch = watchDirectory(directory, {
          ...events,
          onEvent: (name) => (deaf ? undefined : events.onEvent(name)),
        });
        let deaf = false;
        if (directory.endsWith("src"))
          ends.push(() => {
            deaf = true;
            put(folder, { "src/a.js": "while nobody listened" });
            events.onEnd();
          });
        return watch;
      },
    });
    ends[0]?.();
    expect(await nextBatch()).toEqual(["written src/a.js"]);
    put(folder, { "src/a.js": "again" });
    expect(await nextBatch()).toEqual(["written src/a.js"]);
    expect(watcher.state().watches).toBe(2);
  });
});

describe("the end", () => {
  test("by the signal gives all watches back, and nothing is told any more", async () => {
    const folder = tree();
    const ended = new AbortController();
    const { watcher, batches } = await watching(folder, { signal: ended.signal });
    put(folder, { "src/a.js": "changed" });
    ended.abort();
    await watcher.close();
    expect(watcher.state().watches).toBe(0);
    expect(batches).toEqual([]);
  });
});

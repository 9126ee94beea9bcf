import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { processStartTime } from "../../../src/lib/process.ts";
import { acquireLock, sweepLocks } from "../../../src/state/lock.ts";

const source = path.resolve(import.meta.dirname, "../../../src/state/lock.ts");
let program = "";

/** Takes the lock, says so, holds it until it is told to let go. Commands are lines on stdin. */
const CONTENDER = `
import { createInterface } from "node:readline";
import { acquireLock } from "./lock.mjs";
const [file, purpose, waitMs] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
console.log("ready");
await lines.next();
try {
  const lock = await acquireLock(file, { purpose, waitMs: Number(waitMs) });
  console.log("locked");
  await lines.next();
  await lock[Symbol.asyncDispose]();
  console.log("unlocked");
} catch (error) {
  console.log(error.code);
}
process.exit(0);
`;

beforeAll(async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-dev-lock-program-"));
  await build({
    entryPoints: [source],
    outfile: path.join(dir, "lock.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
  program = path.join(dir, "contender.mjs");
  await writeFile(program, CONTENDER);
});

afterAll(() => rm(path.dirname(program), { recursive: true, force: true }));

const lockFile = async (): Promise<string> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-dev-lock-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return path.join(dir, "shop.lock");
};

interface Contender {
  readonly child: ChildProcess;
  go(): void;
  says(): Promise<string>;
}

/** A process of its own that waits for `go`. */
const contender = async (file: string, waitMs: number, purpose = "up"): Promise<Contender> => {
  const child = spawn(process.execPath, [program, file, purpose, String(waitMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const says = async (): Promise<string> => String((await lines.next()).value);
  expect(await says()).toBe("ready");
  return { child, go: () => void child.stdin.write("\n"), says };
};

const killed = async ({ child }: Contender): Promise<void> => {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
};

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const filesBeside = (file: string): Promise<string[]> => readdir(path.dirname(file));

describe("one owner at a time", () => {
  test("a second one is refused, and told pid, command and age of the first", async () => {
    const file = await lockFile();
    const first = await contender(file, 0, "down");
    first.go();
    expect(await first.says()).toBe("locked");
    const error = await errorOf(acquireLock(file, { purpose: "up", waitMs: 0 }));
    expect(error).toMatchObject({ code: "E_LOCKED", exitCode: 3 });
    expect(error).toHaveProperty("why", expect.stringMatching(`choreo-dev down.*pid ${first.child.pid}.* \\d+ s`));
  });

  test("a second one that waits gets it as soon as the first lets go", async () => {
    const file = await lockFile();
    const first = await contender(file, 0);
    first.go();
    expect(await first.says()).toBe("locked");
    const second = acquireLock(file, { purpose: "up", waitMs: 20_000 });
    first.go();
    expect(await first.says()).toBe("unlocked");
    await (await second)[Symbol.asyncDispose]();
    expect(await filesBeside(file)).toEqual([]);
  });

  test("waiting ends with the signal, for its reason", async () => {
    const file = await lockFile();
    await using _held = await acquireLock(file, { purpose: "up", waitMs: 0 });
    const controller = new AbortController();
    const waiting = errorOf(acquireLock(file, { purpose: "up", waitMs: 60_000, signal: controller.signal }));
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await waiting).toBe(reason);
  });

  test("letting go does not take the lock of somebody else", async () => {
    const file = await lockFile();
    const lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    await rm(file);
    await using _other = await acquireLock(file, { purpose: "down", waitMs: 0 });
    await lock[Symbol.asyncDispose]();
    expect(await errorOf(acquireLock(file, { purpose: "up", waitMs: 0 }))).toMatchObject({ code: "E_LOCKED" });
  });

  test("the file is readable by its owner alone", async () => {
    const file = await lockFile();
    await using _lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe("an owner that is gone", () => {
  test("by kill -9 loses the lock at once, without any wait", async () => {
    const file = await lockFile();
    const first = await contender(file, 0);
    first.go();
    expect(await first.says()).toBe("locked");
    await killed(first);
    await using _lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(await filesBeside(file)).toEqual(["shop.lock"]);
  });

  test("leaves word of what it was at; one that let go leaves none", async () => {
    const file = await lockFile();
    const first = await contender(file, 0, "stop");
    first.go();
    expect(await first.says()).toBe("locked");
    await killed(first);
    const second = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(second.abandoned).toBe("stop");
    await second[Symbol.asyncDispose]();
    await using third = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(third.abandoned).toBeUndefined();
  });

  test("and whose pid another process has now, loses it too", async () => {
    const file = await lockFile();
    const startTime = `${await processStartTime(process.pid)}0`;
    await writeFile(file, JSON.stringify({ ...owner(process.pid), startTime }));
    await using _lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ pid: process.pid, purpose: "up" });
  });

  test.each(["", "{", "null", '{"pid":"1"}'])("and whose file holds %j loses it too", async (text) => {
    const file = await lockFile();
    await writeFile(file, text);
    await using _lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ pid: process.pid });
  });

  test("while taking over an older lock, leaves nothing that holds up the next one", async () => {
    const file = await lockFile();
    const [dead, alsoDead] = [owner(await deadPid()), owner(await deadPid())];
    await writeFile(file, JSON.stringify(dead));
    await writeFile(`${file}.draft-${dead.token}`, JSON.stringify(dead));
    await writeFile(`${file}.stale-${dead.token}`, JSON.stringify(alsoDead));
    await using _lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(await filesBeside(file)).toEqual(["shop.lock"]);
  });

  test("leaves nothing when its folder is swept; what others hold stays", async () => {
    const file = await lockFile();
    const [dead, alsoDead] = [owner(await deadPid()), owner(await deadPid())];
    const other = path.join(path.dirname(file), "other.lock");
    await writeFile(other, JSON.stringify(dead));
    await writeFile(`${other}.draft-${dead.token}`, JSON.stringify(dead));
    await writeFile(`${other}.stale-${alsoDead.token}`, JSON.stringify(alsoDead));
    await writeFile(path.join(path.dirname(file), "reaper.log"), JSON.stringify(dead));
    await using _lock = await acquireLock(file, { purpose: "up", waitMs: 0 });
    expect(await sweepLocks(path.dirname(file))).toEqual(["shop.lock"]);
    expect(await filesBeside(file)).toEqual(["reaper.log", "shop.lock"]);
    expect(await sweepLocks(path.join(path.dirname(file), "missing"))).toEqual([]);
  });

  test("is followed by exactly one of many processes, in each of several rounds", async () => {
    for (let round = 0; round < 3; round++) {
      const file = await lockFile();
      await writeFile(file, JSON.stringify(owner(await deadPid())));
      const rivals = await Promise.all(Array.from({ length: 6 }, () => contender(file, 0)));
      for (const rival of rivals) rival.go();
      const answers = await Promise.all(rivals.map((rival) => rival.says()));
      expect(answers.toSorted()).toEqual([...Array.from({ length: 5 }, () => "E_LOCKED"), "locked"]);
    }
  });

  test("is followed by one after the other of many in this process, never by two at once", async () => {
    const file = await lockFile();
    await writeFile(file, JSON.stringify(owner(await deadPid())));
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      await using _lock = await acquireLock(file, { purpose: "up", waitMs: 20_000 });
      most = Math.max(most, ++inside);
      await stat(file);
      inside--;
    };
    await Promise.all(Array.from({ length: 12 }, work));
    expect(most).toBe(1);
    expect(await filesBeside(file)).toEqual([]);
  });
});

let tokens = 0;
const owner = (pid: number) => ({
  pid,
  startTime: "1",
  purpose: "up",
  since: "2030-01-01T00:00:00.000Z",
  token: String(++tokens).padStart(16, "0"),
});

/** The pid of a process that has ended. */
const deadPid = async (): Promise<number> => {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
};

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { killLeftChildren, trackChild } from "../../../src/lib/children.ts";
import { processStartTime } from "../../../src/lib/process.ts";

const folder = async (): Promise<string> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-children-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

/** A process that stays, in a group of its own, as `exec` starts one. */
const startChild = async (): Promise<ChildProcess & { readonly pid: number }> => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child as ChildProcess & { readonly pid: number };
};

describe("children of a run that was killed", () => {
  test("are ended by the next one, and forgotten", async () => {
    const dir = await folder();
    const children = await Promise.all([startChild(), startChild()]);
    await Promise.all(children.map(({ pid }) => trackChild(dir, pid)));
    const gone = Promise.all(children.map((child) => once(child, "exit")));
    expect(await killLeftChildren(dir)).toBe(2);
    expect((await gone).map(([, signal]) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
    expect(await readdir(dir)).toEqual([]);
    expect(await killLeftChildren(dir)).toBe(0);
  });

  test("may see their own children finish what they began", async () => {
    const dir = await folder();
    const script = path.join(dir, "finish.mjs");
    await writeFile(
      script,
      `import { writeFileSync } from "node:fs"; setTimeout(() => writeFileSync(process.argv[2], "whole"), 300);`,
    );
    const result = path.join(dir, "result");
    const leader = spawn(
      process.execPath,
      [
        "-e",
        `require("node:child_process").spawn(process.execPath, ${JSON.stringify([script, result])}, { stdio: "ignore" })
          .on("spawn", () => console.log("up")); setInterval(() => {}, 1000)`,
      ],
      { detached: true, stdio: ["ignore", "pipe", "ignore"] },
    );
    onTestFinished(() => void leader.kill("SIGKILL"));
    await once(leader.stdout, "data");
    const left = path.join(dir, "left");
    await mkdir(left);
    await trackChild(left, leader.pid as number);
    expect(await killLeftChildren(left)).toBe(1);
    expect(await readFile(result, "utf8")).toBe("whole");
  });

  test("are not looked for when they ended in order", async () => {
    const dir = await folder();
    const { pid } = await startChild();
    const forget = await trackChild(dir, pid);
    await forget();
    expect(await killLeftChildren(dir)).toBe(0);
    expect(await processStartTime(pid)).toBeDefined();
  });

  test("are not confused with another process that has their pid now", async () => {
    const dir = await folder();
    const { pid } = await startChild();
    await writeFile(path.join(dir, `${pid}.json`), JSON.stringify({ pid, startTime: "1" }));
    expect(await killLeftChildren(dir)).toBe(0);
    expect(await processStartTime(pid)).toBeDefined();
    expect(await readdir(dir)).toEqual([]);
  });

  test("are none where nothing, or nonsense, was written down", async () => {
    const dir = await folder();
    expect(await killLeftChildren(path.join(dir, "missing"))).toBe(0);
    await writeFile(path.join(dir, "1.json"), "{");
    expect(await killLeftChildren(dir)).toBe(0);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const common = path.resolve(import.meta.dirname, "../../../build-steps/common.sh");

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts steps that do what their scripts say after they have begun; all at once, the last one first. */
const runAll = async (
  scripts: Readonly<Record<"clone" | "test" | "build", string>>,
): Promise<Record<string, Ended>> => {
  const folder = temporaryFolder();
  copyFileSync(common, path.join(folder, "common.sh"));
  const before = { clone: "", test: "clone", build: "test" } as const;
  const started = (["build", "test", "clone"] as const).map(async (name) => {
    const file = path.join(folder, `${name}.sh`);
    writeFileSync(file, `. "$STEPS/common.sh"\nbegin ${name} ${before[name]}\n${scripts[name]}\n`);
    const child = spawn("sh", [file], {
      env: { PATH: process.env["PATH"], STEPS: folder, WORKSPACE: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [[code], out, err] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
    return [name, { code: code as number | null, output: out + err }] as const;
  });
  return Object.fromEntries(await Promise.all(started));
};

describe("the steps of a build, started at once", () => {
  test("run one after the other", async () => {
    const log = 'echo "$own" >> "$workspace/order"; cat "$workspace/order"';
    const ended = await runAll({ clone: `sleep 0.2; ${log}`, test: log, build: log });
    expect(ended["build"]).toEqual({ code: 0, output: "clone\ntest\nbuild\n" });
  });

  test("do not run when the one before has failed, or has not run", async () => {
    const ended = await runAll({ clone: "true", test: "exit 7", build: "echo built" });
    expect(ended["clone"]?.code).toBe(0);
    expect(ended["test"]?.code).toBe(7);
    expect(ended["build"]).toEqual({
      code: 64,
      output: "choreo: the step test has not succeeded: this one does not run\n",
    });
    const first = await runAll({ clone: "false", test: "echo tested", build: "echo built" });
    expect(Object.values(first).map(({ code }) => code)).toEqual(expect.arrayContaining([1, 64, 64]));
  });
});

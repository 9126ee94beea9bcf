import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expandVariables } from "../../../../../src/engine/embedded/runtime/env/expand.ts";
import { privateFolders } from "../../../../../src/engine/embedded/workflow/pod/places.ts";
import {
  type Wrapped,
  mainCommand,
  readReport,
  waitCommand,
} from "../../../../../src/engine/embedded/workflow/pod/wrapper.ts";

/** As a kubelet starts a container. */
const words = (command: readonly string[]): [string, string[]] => {
  const [program = "", ...args] = command.map((word) =>
    expandVariables(word, (name) => (name === "HOME" ? "/root" : undefined)),
  );
  return [program, args];
};

const run = (command: readonly string[]) => spawnSync(...words(command), { encoding: "utf8" });

describe("the wrapper of a program", () => {
  let dir: string;
  let folder: string;
  let plain: Wrapped;

  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), "wrapper-"));
    folder = path.join(dir, "exchange");
    plain = { folder, files: [], outputs: [], wantsResult: false, argv: ["true"] };
  });

  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test("hands over outputs, result and exit code", () => {
    const [there, missing] = [path.join(dir, "a b"), path.join(dir, "missing")];
    const source = `printf '%s\\n' "two lines $0" '$(HOME) $$ "x"'; printf 'ä\\n\\n' > '${there}'; exit 3`;
    const main = run(
      mainCommand({
        ...plain,
        outputs: [missing, there],
        wantsResult: true,
        files: [{ path: `${folder}/script`, content: source }],
        argv: ["sh", `${folder}/script`],
      }),
    );
    expect(main.status).toBe(3);
    expect(main.stdout).toContain("two lines");
    const wait = run(waitCommand(folder));
    const report = readReport(wait.stdout);
    expect(report).toEqual({
      isComplete: true,
      outputs: new Map([[1, "ä\n\n"]]),
      result: `two lines ${folder}/script\n$(HOME) $$ "x"\n`,
    });
    expect(existsSync(folder)).toBe(false);
  });

  test("leaves variables in the program's own words to the kubelet", () => {
    const { stdout } = run(mainCommand({ ...plain, argv: ["echo", "$(HOME)", "$$(HOME)"] }));
    expect(stdout).toBe("/root $(HOME)\n");
  });

  test("writes files before the program starts and leaves nothing of its own behind", () => {
    const file = path.join(dir, "deep", "file");
    const { status } = run(
      mainCommand({ ...plain, files: [{ path: file, content: "no newline" }], argv: ["test", "-f", file] }),
    );
    expect(status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe("no newline");
    expect(existsSync(folder)).toBe(false);
  });

  test("refuses a folder that is there already", () => {
    expect(run(mainCommand({ ...plain, folder: dir })).status).toBe(64);
  });

  test("hands over what is there when the program is told to end", async () => {
    const out = path.join(dir, "out");
    const script = `echo half > '${out}'; echo ready; sleep 30 & wait`;
    const child = spawn(...words(mainCommand({ ...plain, outputs: [out], argv: ["sh", "-c", script] })), {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    // To the whole group, as the runtime does.
    process.kill(-(child.pid ?? 0), "SIGTERM");
    expect(await ended).not.toBe(0);
    expect(readReport(run(waitCommand(folder)).stdout).outputs).toEqual(new Map([[0, "half\n"]]));
  });

  test("a report that was cut off is not complete", () => {
    expect(readReport("output1 aGFsZg==\noutput2 aG")).toMatchObject({ isComplete: false });
    expect(readReport("")).toEqual({ isComplete: false, outputs: new Map(), result: undefined });
  });
});

describe("folders that a pod needs for itself", () => {
  test.each([
    ["/tmp for all below it", ["/tmp/a", "/tmp/b/c"], [], ["/tmp"]],
    ["those that no machine has", ["/no-such-folder/out/x", "/outputs/y"], [], ["/no-such-folder/out", "/outputs"]],
    ["none that is mounted", ["/mnt/vol/x", "/tmp/a"], ["/mnt/vol", "/tmp"], []],
    ["none of the machine's own", ["/etc/x", "/usr/share/y", "/x", "/home/z", "/root/w"], [], []],
  ])("%s", (_title, files, mounted, folders) => {
    expect(privateFolders(files, mounted)).toEqual(folders);
  });
});

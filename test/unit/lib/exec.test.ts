import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { ChoreoError } from "../../../src/lib/errors.ts";
import { type ExecOptions, exec } from "../../../src/lib/exec.ts";
import { processStartTime } from "../../../src/lib/process.ts";

/** Runs a script in a Node.js of its own. */
const node = (script: string, options?: ExecOptions) => exec(process.execPath, ["-e", script], options);

/** Starts a child that ignores what its parent does, tells its pid, and stays. Both hold the pipe. */
const WITH_CHILD = `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
  child.on("spawn", () => console.log(child.pid));
  setInterval(() => {}, 1000);
`;

const failureOf = async (work: Promise<unknown>): Promise<ChoreoError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChoreoError) return error;
  throw new Error("expected a ChoreoError", { cause: error });
};

const isGone = async (pid: number): Promise<boolean> => (await processStartTime(pid)) === undefined;

describe("running a program", () => {
  test("gives its output and passes arguments as they are", async () => {
    const script = "console.log(process.argv.slice(1).join('|')); console.error('hint')";
    const result = await exec(process.execPath, ["-e", script, "--", "a b", "$HOME", "'"]);
    expect(result).toEqual({ stdout: "a b|$HOME|'\n", stderr: "hint\n", code: 0 });
  });

  test("adds to its environment, and takes away", async () => {
    const script = "console.log([process.env.ADDED, process.env.HOME, 'PATH' in process.env].join())";
    const { stdout } = await node(script, { env: { ADDED: "yes", HOME: undefined } });
    expect(stdout).toBe("yes,,true\n");
  });

  test.each([
    ["a text", "größe"],
    ["bytes", Buffer.from("größe")],
    ["a stream", Readable.from([Buffer.from("grö"), Buffer.from("ße")])],
  ])("feeds it %s", async (_what, input) => {
    expect((await node("process.stdin.pipe(process.stdout)", { input })).stdout).toBe("größe");
  });

  test("feeds it nothing without input, so that it cannot wait for a person", async () => {
    expect((await node("process.stdin.on('end', () => console.log('end')).resume()")).stdout).toBe("end\n");
  });

  test("does not mind a program that ends before it has read its input", async () => {
    const endless = Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(10_000)));
    expect((await node("console.log('enough')", { input: endless })).stdout).toBe("enough\n");
  });

  test("tells each line as it comes, the last one also without its end", async () => {
    const lines: string[] = [];
    await node("process.stdout.write('a\\nb'); process.stdout.write('c\\nd'); console.error('e')", {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(lines.toSorted()).toEqual(["stderr e", "stdout a", "stdout bc", "stdout d"]);
  });

  test("takes an exit code for an answer only when told", async () => {
    expect(await node("process.exit(3)", { okCodes: [3] })).toMatchObject({ code: 3 });
    await expect(node("process.exit(3)")).rejects.toMatchObject({ code: "E_COMMAND" });
  });
});

describe("a program that fails", () => {
  test("is E_COMMAND with its last lines", async () => {
    const error = await failureOf(node("for (let i = 1; i <= 40; i++) console.error('line ' + i); process.exit(7)"));
    expect(error).toMatchObject({ code: "E_COMMAND", message: expect.stringContaining("exit code 7") });
    expect(error.evidence).toHaveLength(15);
    expect(error.evidence.at(-1)).toBe("line 40");
  });

  test("does not give away secrets, neither of its output nor of its arguments", async () => {
    const script = "console.error('token: s3cret-out'); process.exit(1)";
    const error = await failureOf(exec(process.execPath, ["-e", script, "--", "password=s3cret-arg"]));
    expect([error.why, ...error.evidence].join("\n")).not.toContain("s3cret");
  });

  test("because it is not there is E_TOOL", async () => {
    await expect(exec("choreo-no-such-program", ["version"])).rejects.toMatchObject({ code: "E_TOOL" });
  });

  test("because its folder is not there is not taken for a missing program", async () => {
    await expect(node("0", { cwd: "/no/such/folder" })).rejects.toMatchObject({ code: "E_COMMAND" });
  });
});

describe("a program that is ended", () => {
  test("by an abort takes its children along, and fails with the signal's reason", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    let child = 0;
    const onLine = (line: string): void => {
      child = Number(line);
      abort.abort(reason);
    };
    await expect(node(WITH_CHILD, { signal: abort.signal, onLine })).rejects.toBe(reason);
    expect(child).toBeGreaterThan(0);
    await expect.poll(() => isGone(child)).toBe(true);
  });

  test("by its time limit takes its children along, and is E_COMMAND", async () => {
    let child = 0;
    const options: ExecOptions = { timeoutMs: 1000, onLine: (line) => (child = Number(line)) };
    await expect(node(WITH_CHILD, options)).rejects.toMatchObject({
      code: "E_COMMAND",
      message: expect.stringContaining("1 s"),
    });
    expect(child).toBeGreaterThan(0);
    await expect.poll(() => isGone(child)).toBe(true);
  });

  test("before it began is not started", async () => {
    const reason = new Error("enough");
    await expect(node("0", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("is remembered while it runs and forgotten after", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "choreo-exec-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { stdout } = await node("process.stdin.on('end', () => console.log(process.pid)).resume()", {
      trackIn: folder,
      input: Readable.from(
        (async function* () {
          // The program ends when it is known to be remembered.
          while ((await readdir(folder)).every((name) => !name.endsWith(".json"))) yield "";
        })(),
      ),
    });
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(await readdir(folder)).toEqual([]);
  });
});

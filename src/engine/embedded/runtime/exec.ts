import { type ChildProcess, spawn } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { PassThrough } from "node:stream";
import type { ExecOptions, ExecSession } from "../api/kubelet.ts";
import { StatusError } from "../api/status.ts";
import type { Attempt } from "./attempt.ts";
import type { NodeContext } from "./node.ts";
import { exitCode, exitOf } from "./process/program-exit.ts";
import { quoteWords } from "./process/quote.ts";
import { signalGroup } from "./process/table.ts";

/** Runs a command with the environment, folder and mounts of a running container. */
export const execIn = (
  node: NodeContext,
  attempt: Attempt,
  options: Omit<ExecOptions, "container">,
): Promise<ExecSession> => {
  if (attempt.exec !== undefined) return attempt.exec(options);
  if (attempt.pid === undefined)
    throw new StatusError(
      "BadRequest",
      "this container is a function inside the engine: there is nothing to run a command in",
    );
  const join = node.isolation.mounts?.join(attempt.pid) ?? [];
  const words = [...join, ...options.command];
  return options.tty ? withTerminal(attempt, words) : plain(attempt, words, options.stdin);
};

const plain = async (attempt: Attempt, words: readonly string[], stdin: boolean): Promise<ExecSession> => {
  const child = start(attempt, words);
  await spawned(child, words);
  if (!stdin) child.stdin?.end();
  child.stdin?.on("error", () => undefined);
  return {
    stdin: stdin ? (child.stdin ?? undefined) : undefined,
    stdout: child.stdout ?? new PassThrough().end(),
    stderr: child.stderr ?? undefined,
    exited: endOf(child),
    resize: () => undefined,
    kill: () => void (child.pid !== undefined && signalGroup(child.pid, "SIGKILL")),
  };
};

/** Node cannot make terminals; `script` of util-linux can. */
const withTerminal = async (attempt: Attempt, words: readonly string[]): Promise<ExecSession> => {
  if (process.platform !== "linux") throw new StatusError("BadRequest", NO_TERMINAL);
  const child = start(attempt, ["script", "-q", "-e", "-f", "-c", `exec ${quoteWords(words)}`, "/dev/null"]);
  await spawned(child, words).catch(() => {
    throw new StatusError("BadRequest", NO_TERMINAL);
  });
  child.stdin?.on("error", () => undefined);
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? new PassThrough().end(),
    stderr: undefined,
    exited: endOf(child),
    resize: ({ width, height }) => void resizeTerminal(child, width, height).catch(() => undefined),
    kill: () => void (child.pid !== undefined && signalGroup(child.pid, "SIGKILL")),
  };
};

const NO_TERMINAL =
  "TTY not available: the program `script` is not installed on this machine; run the command without -t";

const start = (attempt: Attempt, [program = "", ...args]: readonly string[]): ChildProcess =>
  spawn(program, args, {
    cwd: attempt.cwd,
    env: Object.fromEntries(attempt.env),
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });

const spawned = (child: ChildProcess, words: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("spawn", () => resolve());
    child.once("error", (error) =>
      reject(
        new StatusError(
          "InternalError",
          `command ${JSON.stringify(words.join(" "))} could not be started: ${error.message}`,
        ),
      ),
    );
  });

/** Waits for the output, too, but not for what the command has left running. */
const endOf = async (child: ChildProcess): Promise<number> => {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const exit = await exitOf(child);
  const late = new Promise<void>((resolve) => setTimeout(resolve, 500).unref());
  await Promise.race([closed, late]);
  return exitCode(exit);
};

const resizeTerminal = async (child: ChildProcess, width: number, height: number): Promise<void> => {
  const pid = child.pid ?? 0;
  const [first] = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  const terminal = await readlink(`/proc/${first ?? ""}/fd/0`);
  if (!terminal.startsWith("/dev/pts/")) return;
  spawn("stty", ["-F", terminal, "rows", String(height), "cols", String(width)], { stdio: "ignore" }).on(
    "error",
    () => undefined,
  );
};

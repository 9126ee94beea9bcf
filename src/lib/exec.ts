import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { trackChild } from "./children.ts";
import { ChoreoError } from "./errors.ts";
import { redact } from "./redact.ts";

export interface ExecOptions {
  readonly cwd?: string;
  /** Added to (or, when undefined, removed from) this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer | Readable;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Called with each full line of stdout and stderr, for progress. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Folder in which the process is remembered while it runs; see children.ts. */
  readonly trackIn?: string;
  /** Exit codes besides 0 that are answers, not failures. */
  readonly okCodes?: readonly number[];
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/**
 * Runs a program with an argument list (never a shell string) in a process group of its own, so that an abort or a
 * time-out ends its children too. execa waits for grandchildren that hold the pipe; a group kill does not.
 * A failure is `E_COMMAND` (missing program: `E_TOOL`) with the command, the exit and the last lines of output.
 */
export const exec = async (file: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> => {
  const { execa } = await import("execa");
  options.signal?.throwIfAborted();
  const env: Record<string, string | undefined> = { ...process.env, ...options.env };
  for (const key of Object.keys(env)) if (env[key] === undefined) delete env[key];
  const child = execa(file, args, {
    cwd: options.cwd ?? process.cwd(),
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 200_000_000,
    ...(options.input === undefined
      ? { stdin: "ignore" as const }
      : typeof options.input === "string" || Buffer.isBuffer(options.input)
        ? { input: options.input }
        : { stdin: "pipe" as const }),
  });
  const { signal, timeoutMs } = options;
  let ended: "aborted" | "timed out" | undefined;
  const killGroup = (reason: "aborted" | "timed out"): void => {
    ended ??= reason;
    killTree(child.pid, "SIGTERM");
    setTimeout(() => killTree(child.pid, "SIGKILL"), 5000).unref();
  };
  const onAbort = (): void => killGroup("aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => killGroup("timed out"), timeoutMs);
  if (options.onLine !== undefined) {
    const { onLine } = options;
    for (const stream of ["stdout", "stderr"] as const) eachLine(child[stream], (line) => onLine(line, stream));
  }
  if (options.input !== undefined && typeof options.input !== "string" && !Buffer.isBuffer(options.input)) {
    const { pipeline } = await import("node:stream/promises");
    // A program that ends early closes its stdin; its own exit code tells the story.
    pipeline(options.input, child.stdin as NodeJS.WritableStream).catch(() => undefined);
  }
  const untrack =
    options.trackIn === undefined || child.pid === undefined ? undefined : await trackChild(options.trackIn, child.pid);
  try {
    const result = await child;
    const code = result.exitCode ?? -1;
    const stdout = result.stdout ?? "";
    const stderr = result.stderr ?? "";
    if (ended === "aborted") throw signal?.reason ?? new ChoreoError("E_INTERRUPTED", `${file} was interrupted`);
    if (code === 0 || options.okCodes?.includes(code) === true) return { stdout, stderr, code };
    throw commandError({
      file,
      args,
      cwd: options.cwd,
      code,
      ended,
      timeoutMs,
      output: `${stdout}\n${stderr}`,
      cause: result,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    await untrack?.();
  }
};

const commandError = (run: {
  file: string;
  args: readonly string[];
  cwd: string | undefined;
  code: number;
  ended: string | undefined;
  timeoutMs: number | undefined;
  output: string;
  cause: unknown;
}): ChoreoError => {
  const { file, args, code } = run;
  const command = redact([file, ...args].map(quote).join(" "));
  if ((run.cause as { code?: string }).code === "ENOENT") {
    // The system gives the same answer for a missing folder as for a missing program.
    if (run.cwd !== undefined && !existsSync(run.cwd))
      return new ChoreoError("E_COMMAND", `${file} could not be started`, { why: `there is no folder ${run.cwd}` });
    return new ChoreoError("E_TOOL", `${file} is not installed`, { why: `"${command}" could not be started` });
  }
  const lines = redact(run.output)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  const how =
    run.ended === "timed out" ? `did not end within ${(run.timeoutMs ?? 0) / 1000} s` : `failed with exit code ${code}`;
  return new ChoreoError("E_COMMAND", `${file} ${args[0] ?? ""} ${how}`, {
    why: command,
    evidence: lines.slice(-15),
    cause: run.cause,
  });
};

/** Starts a program that outlives this process, its output going to a file descriptor. Returns its pid. */
export const spawnDetached = (
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly logFd: number },
): number => {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", options.logFd, options.logFd],
  });
  child.unref();
  if (child.pid === undefined) throw new ChoreoError("E_TOOL", `${file} could not be started`);
  return child.pid;
};

const killTree = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already: that is what was wanted.
  }
};

const eachLine = (stream: Readable | null | undefined, onLine: (line: string) => void): void => {
  let rest = "";
  stream?.on("data", (chunk: Buffer | string) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream?.on("end", () => rest !== "" && onLine(rest));
};

const quote = (arg: string): string => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`);

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { close, constants, open } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

const run = promisify(execFile);
// Plain descriptors: a FileHandle closes its own when it is collected, also when a socket has taken it over.
const openFile = promisify(open);
const closeFile = promisify(close);

export interface SpawnOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  /** For the two pipes. */
  readonly dir: string;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** The program could not be started at all: Kubernetes' `RunContainerError`. */
export class StartError extends Error {}

/**
 * Starts a program as leader of a session and process group of its own. Its output goes through named pipes: unlike the
 * sockets that Node makes, a program may open them again as `/dev/stdout` and `/dev/stderr`.
 */
export const spawnGroup = async ({ argv, cwd, env, dir }: SpawnOptions): Promise<Spawned> => {
  const [program = "", ...args] = argv;
  const pipes = await openPipes(dir);
  const stdio = pipes?.map(({ writer }) => writer);
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd,
      env: Object.fromEntries(env),
      detached: true,
      stdio: ["ignore", stdio?.[0] ?? "pipe", stdio?.[1] ?? "pipe"],
    });
  } catch (error) {
    for (const pipe of pipes ?? []) await closePipe(pipe);
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
  const failed = new Promise<never>((_resolve, reject) =>
    child.once("error", (error: NodeJS.ErrnoException) => reject(new StartError(reasonOf(error, program, cwd)))),
  );
  failed.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) {
    for (const pipe of pipes ?? []) await closePipe(pipe);
    return failed;
  }
  const streams = pipes?.map(({ reader }) => reader) ?? [child.stdout, child.stderr];
  const [stdout, stderr] = streams as [Readable, Readable];
  for (const { writer } of pipes ?? []) await closeFile(writer);
  return { child, pid, stdout, stderr };
};

interface Pipe {
  readonly reader: Readable;
  /** Descriptor of the end that the program gets. */
  readonly writer: number;
}

/** Undefined where there are no named pipes. */
const openPipes = async (dir: string): Promise<Pipe[] | undefined> => {
  if (process.platform === "win32") return undefined;
  const places = [path.join(dir, "stdout"), path.join(dir, "stderr")];
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const place of places) await rm(place, { force: true });
  try {
    await run("mkfifo", ["-m", "600", ...places]);
  } catch {
    return undefined;
  }
  const pipes: Pipe[] = [];
  for (const place of places) {
    const reading = await openFile(place, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = await openFile(place, "w");
    await rm(place, { force: true });
    pipes.push({ reader: readerOf(reading), writer });
  }
  return pipes;
};

/** The socket owns the descriptor from here on. */
const readerOf = (fd: number): Readable => new net.Socket({ fd, readable: true, writable: false });

const closePipe = async ({ reader, writer }: Pipe): Promise<void> => {
  reader.destroy();
  await closeFile(writer);
};

const reasonOf = (error: NodeJS.ErrnoException, program: string, cwd: string): string =>
  error.code === "ENOENT"
    ? `exec: ${JSON.stringify(program)}: executable file not found in $PATH, or there is no folder ${cwd}`
    : `exec: ${JSON.stringify(program)}: ${error.message}`;

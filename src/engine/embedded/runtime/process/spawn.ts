import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type Pipe, type PipeMaker, closePipe, closeWriter } from "./pipes.ts";

export interface SpawnOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  readonly pipes: PipeMaker;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** The program could not be started at all: Kubernetes' `RunContainerError`. */
export class StartError extends Error {}

/** Starts a program as leader of a session and process group of its own. */
export const spawnGroup = async ({ argv, cwd, env, pipes: maker }: SpawnOptions): Promise<Spawned> => {
  const [program = "", ...args] = argv;
  const pipes = await openPair(maker);
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
  for (const pipe of pipes ?? []) await closeWriter(pipe);
  return { child, pid, stdout, stderr };
};

const openPair = async (maker: PipeMaker): Promise<readonly Pipe[] | undefined> => {
  const first = await maker.open();
  if (first === undefined) return undefined;
  const second = await maker.open();
  if (second !== undefined) return [first, second];
  await closePipe(first);
  return undefined;
};

const reasonOf = (error: NodeJS.ErrnoException, program: string, cwd: string): string =>
  error.code === "ENOENT"
    ? `exec: ${JSON.stringify(program)}: executable file not found in $PATH, or there is no folder ${cwd}`
    : `exec: ${JSON.stringify(program)}: ${error.message}`;

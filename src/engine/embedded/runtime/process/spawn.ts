import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { Keeper } from "./keeper.ts";
import type { Pipe, PipeMaker } from "./pipes.ts";
import { type ProgramExit, exitOf } from "./program-exit.ts";

export interface SpawnOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  readonly pipes: PipeMaker;
  readonly keeper: Keeper;
}

export interface Spawned {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProgramExit>;
}

/** The program could not be started at all: Kubernetes' `RunContainerError`. */
export class StartError extends Error {}

/** Starts a program as leader of a session and process group of its own. */
export const spawnGroup = async (options: SpawnOptions): Promise<Spawned> => {
  const pipes = await openPair(options.pipes);
  try {
    return await (pipes === undefined ? spawnHere(options) : spawnKept(options, pipes));
  } catch (error) {
    throw new StartError(reasonOf(error as NodeJS.ErrnoException, options));
  }
};

const spawnKept = async ({ argv, cwd, env, keeper }: SpawnOptions, pipes: Pair): Promise<Spawned> => {
  const [out, err] = pipes;
  try {
    const program = { argv, cwd, env: Object.fromEntries(env), pipes: [out.place, err.place] as const };
    const { pid, exited } = await keeper.start(program);
    return { pid, exited, stdout: await out.read(), stderr: await err.read() };
  } catch (error) {
    for (const pipe of pipes) await pipe.discard();
    throw error;
  }
};

/** Where there are no named pipes: as a child of this process. */
const spawnHere = async ({ argv: [program = "", ...args], cwd, env }: SpawnOptions): Promise<Spawned> => {
  const child = spawn(program, args, {
    ...{ cwd, env: Object.fromEntries(env), detached: true },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = exitOf(child);
  await once(child, "spawn");
  return { pid: child.pid as number, exited, stdout: child.stdout, stderr: child.stderr };
};

type Pair = readonly [Pipe, Pipe];

const openPair = async (maker: PipeMaker): Promise<Pair | undefined> => {
  const first = await maker.open();
  if (first === undefined) return undefined;
  const second = await maker.open();
  if (second !== undefined) return [first, second];
  await first.discard();
  return undefined;
};

const reasonOf = ({ code, message }: NodeJS.ErrnoException, { argv: [program = ""], cwd }: SpawnOptions): string =>
  code === "ENOENT"
    ? `exec: ${JSON.stringify(program)}: executable file not found in $PATH, or there is no folder ${cwd}`
    : `exec: ${JSON.stringify(program)}: ${message}`;

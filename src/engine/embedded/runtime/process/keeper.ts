import { type ChildProcess, spawn } from "node:child_process";
import { type Deferred, deferred } from "../../../../lib/deferred.ts";
import { helperPath } from "../helpers.ts";
import type { ProgramExit } from "./program-exit.ts";
import { MARKER, signalGroup } from "./table.ts";

export interface Program {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Named pipes that it writes to: stdout and stderr. */
  readonly pipes: readonly [string, string];
}

export interface KeptProgram {
  /** Leader of a session and process group of its own. */
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
}

/**
 * A small process beside this one that starts programs, and ends all of them as soon as this process is gone, however it
 * went. To fork this process, with all its memory, would stop the event loop for tens of milliseconds each time.
 */
export interface Keeper {
  /** False once its process has ended: all that it had started is killed then. */
  readonly alive: boolean;
  /** Rejects with the error of the system's call, whose `code` is there. */
  start(program: Program): Promise<KeptProgram>;
  /** Sends it away. */
  dismiss(): Promise<void>;
}

interface Known {
  readonly started: Deferred<KeptProgram>;
  readonly exited: Deferred<ProgramExit>;
  pid: number | undefined;
}

/** What the helper says of one program. */
interface Message {
  readonly id: number;
  readonly pid?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly exit?: ProgramExit;
}

/** `dir`: folder with the records of processes; `id`: what their marker begins with. */
export const startKeeper = (dir: string, id: string): Keeper => {
  const child = spawn(process.execPath, [helperPath("keeper.cjs"), dir, MARKER, id], {
    // A session of its own: the signal that ends a terminal's group must not end it before its work.
    detached: true,
    stdio: ["pipe", "ignore", "ignore", "ipc"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const programs = new Map<number, Known>();
  let last = 0;
  const over = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  void over.then(() => {
    for (const program of programs.values()) abandon(program);
    programs.clear();
  });
  child.on("message", (message: Message) => {
    const program = programs.get(message.id);
    if (program === undefined) return;
    hear(program, message);
    if (message.error !== undefined || message.exit !== undefined) programs.delete(message.id);
  });
  leaveAlone(child);
  return {
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    start: (program: Program) => {
      const number = ++last;
      const known: Known = { started: deferred(), exited: deferred(), pid: undefined };
      programs.set(number, known);
      child.send({ id: number, ...program }, (error) => {
        if (error !== null) known.started.reject(error);
      });
      return known.started.promise;
    },
    dismiss: () => {
      child.ref();
      // One byte says that there is nothing left to do.
      child.stdin?.end("x");
      return over;
    },
  };
};

/** This process may end while that one runs, and nothing that it says too late is an error. */
const leaveAlone = (child: ChildProcess): void => {
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  child.unref();
  child.channel?.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
};

const hear = (program: Known, { pid, error, exit }: Message): void => {
  if (error !== undefined) program.started.reject(Object.assign(new Error(error.message), { code: error.code }));
  if (pid !== undefined) {
    program.pid = pid;
    program.started.resolve({ pid, exited: program.exited.promise });
  }
  if (exit !== undefined) program.exited.resolve(exit);
};

/** Nobody would hear of its end any more. */
const abandon = ({ pid, started, exited }: Known): void => {
  if (pid === undefined) return started.reject(new Error("the process that starts programs has ended"));
  signalGroup(pid, "SIGKILL");
  exited.resolve({ code: null, signal: "SIGKILL" });
};

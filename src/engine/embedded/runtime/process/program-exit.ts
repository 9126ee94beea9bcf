import type { ChildProcess } from "node:child_process";
import os from "node:os";

/** How a program ended: exactly one of the two is there. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const exitOf = (child: ChildProcess): Promise<ProgramExit> =>
  new Promise((resolve) => {
    const { exitCode: code, signalCode: signal } = child;
    if (code !== null || signal !== null) resolve({ code, signal });
    else child.once("exit", (code, signal) => resolve({ code, signal }));
  });

/** The exit code as a shell gives it: 128 and the signal's number. */
export const exitCode = ({ code, signal }: ProgramExit): number =>
  code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]);

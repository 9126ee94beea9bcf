import { createHash } from "node:crypto";
import { readlink } from "node:fs/promises";
import os from "node:os";
import { ChoreoError } from "../lib/errors.ts";
import { readIfExists } from "../lib/fs.ts";
import { processStartTime } from "../lib/process.ts";

/** Whose an ephemeral platform is: with the end of this process, however it ends, the platform is to go. */
export interface Lease {
  readonly pid: number;
  /** With the pid it identifies a process of one machine. */
  readonly startTime: string;
  /** Where the pid means something: another machine, or another container, has other processes. */
  readonly machine: string;
}

/** `elsewhere`: from here nobody can tell. */
export type LeaseState = "held" | "ended" | "elsewhere";

/** The lease of a process that runs; `E_USAGE` when it does not. */
export const leaseOf = async (pid: number): Promise<Lease> => {
  const startTime = await processStartTime(pid);
  if (startTime !== undefined) return { pid, startTime, machine: await thisMachine() };
  throw new ChoreoError("E_USAGE", `There is no process ${pid}`, {
    why: "an ephemeral platform is removed when its owner has ended",
    fix: "name a process that runs, in a shell its own: --owner $$",
  });
};

export const leaseState = async ({ pid, startTime, machine }: Lease): Promise<LeaseState> => {
  if (machine !== (await thisMachine())) return "elsewhere";
  return (await processStartTime(pid)) === startTime ? "held" : "ended";
};

export const sameLease = (a: Lease | undefined, b: Lease | undefined): boolean =>
  a?.pid === b?.pid && a?.startTime === b?.startTime && a?.machine === b?.machine;

/** As a label has it. */
export const formatLease = ({ pid, startTime, machine }: Lease): string => [pid, machine, startTime].join("/");

export const parseLease = (text: string | undefined): Lease | undefined => {
  const [, pid, machine, startTime] = /^(\d+)\/([0-9a-f]+)\/(.+)$/.exec(text ?? "") ?? [];
  if (machine === undefined || startTime === undefined) return undefined;
  return { pid: Number(pid), machine, startTime };
};

/** The same for all processes that see each other's pids. */
const thisMachine = async (): Promise<string> => {
  const facts = await Promise.all([
    readIfExists("/etc/machine-id").catch(() => undefined),
    readlink("/proc/self/ns/pid").catch(() => undefined),
  ]);
  return createHash("sha256")
    .update([os.hostname(), ...facts].join("\0"))
    .digest("hex")
    .slice(0, 12);
};

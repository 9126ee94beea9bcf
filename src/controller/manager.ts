import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { ChoreoError } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import type { Controller, ControllerStats } from "./controller.ts";
import { leadWithLease } from "./leader.ts";
import type { LeaseName } from "./lease.ts";
import { assembleMachine, type Machine, type MachineOptions } from "./machine.ts";

export interface ManagerOptions extends MachineOptions {
  readonly signal: AbortSignal;
  /** Act only while holding a Lease; needed where another controller may run on the same control plane. */
  readonly leaderElection?: boolean | { readonly identity?: string; readonly lease?: LeaseName };
}

export interface ManagerStats extends ControllerStats {
  /** Whether workers run: caches are synced and, with leader election, the lease is ours. */
  readonly working: boolean;
  readonly kinds: Readonly<Record<string, Readonly<ControllerStats>>>;
}

export interface RunningManager {
  /** Resolves when the caches are synced and the workers run for the first time; rejects when stopped before. */
  readonly ready: Promise<void>;
  /** Ends watches and workers, and waits for the runs in progress. */
  stop(): Promise<void>;
  stats(): ManagerStats;
}

/** Starts watching and reconciling; returns at once. */
export const startController = (options: ManagerOptions): RunningManager => {
  const abort = new AbortController();
  const signal = AbortSignal.any([options.signal, abort.signal]);
  // Every watch and every waiting worker listens to it.
  manyListeners(signal);
  const machine = assembleMachine(options, signal);
  const started = new AbortController();
  let working = false;
  const work = async (leading: AbortSignal): Promise<void> => {
    working = true;
    started.abort();
    machine.enqueueAll();
    await Promise.all(machine.controllers.map((controller) => controller.run(leading)));
    working = false;
  };
  const ended = runWhenSynced(machine, options, { signal, work }).finally(() => machine.close());
  const ready = waitForStart(started.signal, ended);
  // A caller that only wants it to run need not listen.
  for (const promise of [ready, ended]) promise.catch(() => undefined);
  return {
    ready,
    stop: async () => {
      abort.abort();
      await Promise.allSettled([ended]);
    },
    stats: () => ({ working, ...sumUp(machine.controllers) }),
  };
};

const runWhenSynced = async (
  machine: Machine,
  options: ManagerOptions,
  { signal, work }: { readonly signal: AbortSignal; readonly work: (signal: AbortSignal) => Promise<void> },
): Promise<void> => {
  const synced = await Promise.allSettled(machine.watched.map(({ synced }) => synced));
  // A cache fails to become complete only by being stopped.
  if (synced.some(({ status }) => status === "rejected")) return;
  const { client, clock, leaderElection, log } = options;
  if (leaderElection === undefined || leaderElection === false) return await work(signal);
  const { identity = ownIdentity(), lease } = leaderElection === true ? {} : leaderElection;
  await leadWithLease({
    client,
    identity,
    lead: work,
    signal,
    onState: (state, detail) => log("info", `leader election: ${state}`, { detail }),
    ...(lease && { lease }),
    ...(clock && { clock }),
  });
};

/** Two processes of one machine are two candidates. */
const ownIdentity = (): string => `${hostname()}_${process.pid}_${randomBytes(4).toString("hex")}`;

const waitForStart = async (started: AbortSignal, ended: Promise<void>): Promise<void> => {
  const start = new Promise<void>((resolve) => started.addEventListener("abort", () => resolve(), { once: true }));
  await Promise.race([start, ended]);
  if (!started.aborted) throw new ChoreoError("E_INTERRUPTED", "The controller was stopped before it had started");
};

const sumUp = (controllers: readonly Controller[]): Omit<ManagerStats, "working"> => {
  const kinds = Object.fromEntries(controllers.map((controller) => [controller.kind, controller.stats()]));
  const total = { queued: 0, running: 0, reconciles: 0, errors: 0 };
  for (const stats of Object.values(kinds)) {
    total.queued += stats.queued;
    total.running += stats.running;
    total.reconciles += stats.reconciles;
    total.errors += stats.errors;
  }
  return { ...total, kinds };
};

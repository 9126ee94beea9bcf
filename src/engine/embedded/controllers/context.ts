import type { KubeClient } from "../../../k8s/client.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { EventSource } from "./events.ts";
import type { Informers } from "./informers.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** What every controller of a cluster is given. */
export interface ControllerContext {
  readonly client: KubeClient;
  /** Time of schedules, deadlines and back-offs; waits for the server itself are on the machine's own clock. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly informers: Informers;
  readonly events: EventSource;
}

/** A controller that watches already; `run` works until the signal of its context aborts. */
export interface Controller {
  readonly name: string;
  run(): Promise<void>;
}

import type { KubeClient } from "../../../k8s/client.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Log } from "../controllers/context.ts";
import type { RecordEvent } from "../controllers/events.ts";
import type { PodFunction, ResolveOptions } from "./image/resolve.ts";
import type { LogStore } from "./logs/log-store.ts";
import type { PortMap } from "./ports.ts";
import type { Isolation } from "./process/isolation.ts";
import type { Keeper } from "./process/keeper.ts";
import type { PipeMaker } from "./process/pipes.ts";
import type { ProcessTable } from "./process/table.ts";
import type { Sources } from "./sources.ts";
import type { Pod } from "./types.ts";
import type { ServiceAccountTokenRequest } from "./volumes/contents.ts";

/** How fast a container that ends comes back: the first time at once, then after a pause that doubles. */
export interface RestartProfile {
  readonly baseMs: number;
  readonly maxMs: number;
  /** Pause between tries of a readiness or startup probe that has not succeeded yet, when shorter than its period. */
  readonly eagerProbeMs: number | undefined;
}

export const RESTART_PROFILES = {
  kubernetes: { baseMs: 10_000, maxMs: 300_000, eagerProbeMs: undefined },
  fast: { baseMs: 100, maxMs: 2000, eagerProbeMs: 100 },
} as const satisfies Record<string, RestartProfile>;

/** What all pods of a runtime share. */
export interface NodeContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Its end is the end of this process's work: pods stay as they are in the API. */
  readonly signal: AbortSignal;
  readonly dir: string;
  readonly hostIP: string;
  readonly clusterDomain: string;
  readonly nameserver: string | undefined;
  readonly isolation: Isolation;
  readonly table: ProcessTable;
  /** Starts programs, and ends them and all containers when this process is gone: to be there before the first of them. */
  readonly keeper: () => Keeper;
  readonly pipes: PipeMaker;
  readonly ports: PortMap;
  readonly logs: LogStore;
  readonly sources: Sources;
  /** Names that every pod knows beside the services', with their addresses. */
  readonly names: () => ReadonlyMap<string, string>;
  readonly say: RecordEvent;
  readonly profile: RestartProfile;
  readonly hostEnv: ReadonlyMap<string, string>;
  readonly resolve: ResolveOptions;
  readonly functions: ReadonlyMap<string, PodFunction>;
  readonly allowHostPath: (path: string) => boolean;
  readonly api: { readonly host: string; readonly port: number } | undefined;
  readonly token: ((request: ServiceAccountTokenRequest) => Promise<string>) | undefined;
  /** Before a pod takes a port: a pod of the same program that has it for the whole machine makes room. */
  readonly displace: (pod: Pod) => Promise<void>;
  /** Runs work when it is its turn: starting many programs at once would stop the event loop. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

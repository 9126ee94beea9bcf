import type { LoadedConfig } from "../config/load.ts";
import type { EngineName, PlaneRole, Topology } from "../config/model.ts";
import type { RegistryClient } from "../docker/registry-client.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { Endpoint } from "../k8s/types.ts";
import type { Emit } from "../run/events.ts";
import type { SupervisorLink } from "./supervisor-link.ts";
import type { Lease } from "../state/lease.ts";

/** What every call is given. */
export interface CallContext {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Where controller and embedded clusters live, if it is not a process of their own. */
  readonly supervisor?: SupervisorLink | undefined;
}

export interface WorkInput extends CallContext {
  readonly loaded: LoadedConfig;
  readonly emit: Emit;
}

export interface UpInput extends WorkInput {
  /** Folder with charts, manifests and images; undefined: downloads and the cache. */
  readonly bundle: string | undefined;
  /** Names of planes that may be destroyed and made again. */
  readonly recreate: readonly string[];
  /** Keep half-made clusters for inspection when a step fails. */
  readonly retain: boolean;
  /** Repair what can be repaired: pick free ports, write them down. */
  readonly fix: boolean;
  /** The platform goes when this process has ended; undefined: it stays, or stays whose it is. */
  readonly lease?: Lease | undefined;
}

export interface UpReport {
  readonly platform: string;
  readonly engine: EngineName;
  readonly ms: number;
  /** Number of steps that were done; 0 when there was nothing to do. */
  readonly steps: number;
  /** File in the Trace Event Format; undefined when nothing ran. */
  readonly trace: string | undefined;
}

export interface PlanInput extends CallContext {
  readonly loaded: LoadedConfig;
  readonly recreate: readonly string[];
  readonly bundle: string | undefined;
}

export interface DownInput extends WorkInput {
  /** Ask nothing, and remove what is half made or whose owner cannot be proved. */
  readonly force: boolean;
  /** Asked once nobody else works on the platform; by default it is. */
  readonly isWanted?: () => Promise<boolean>;
}

export interface DoctorInput extends CallContext {
  readonly loaded: LoadedConfig;
  readonly fix: boolean;
}

export type PlaneState = "ready" | "not ready" | "stopped" | "unreachable" | "missing";

export interface PlaneFacts {
  readonly name: string;
  readonly role: PlaneRole;
  readonly cluster: string;
  readonly context: string;
  readonly state: PlaneState;
  /** Why it is not ready. */
  readonly problem?: string | undefined;
  readonly addons: readonly { readonly name: string; readonly version: string; readonly ready: boolean }[];
  /** When its API server answered last, ISO 8601. */
  readonly lastSeen?: string | undefined;
}

/** What is known of a running platform without looking at its resources. */
export interface PlatformFacts {
  readonly name: string;
  readonly engine: EngineName;
  readonly topology: Topology;
  /** Every plane is ready and the controller works. */
  readonly ready: boolean;
  readonly supervisor: SupervisorFacts | undefined;
  readonly planes: readonly PlaneFacts[];
  /** What blocks, each with the next step. */
  readonly problems: readonly { readonly message: string; readonly next?: string | undefined }[];
}

export interface SupervisorFacts {
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly rssBytes: number;
  readonly ready: boolean;
  readonly problem?: string | undefined;
}

export interface PlaneAccess {
  /** Also the name of its DataPlane resource. */
  readonly name: string;
  readonly role: PlaneRole;
  readonly cluster: string;
  readonly context: string;
  /** Path of the private kubeconfig. */
  readonly kubeconfig: string;
}

/** The way to a platform that is up. Clients are made when asked for and closed together. */
export interface PlatformAccess {
  readonly name: string;
  readonly planes: readonly PlaneAccess[];
  /** PEM file of the CA that signs the gateways' certificates. */
  readonly caFile: string;
  /** The host's side of the folder that data nodes mount, for saved files. Undefined where Docker is on another machine. */
  readonly syncDir: string | undefined;
  control(): Promise<KubeClient>;
  /** The platform's registry; undefined on an engine without one. */
  registry(): Promise<RegistryClient | undefined>;
  /** Folder of the builds on an engine without a registry. */
  readonly builds: string;
  /** `E_NOT_FOUND` for a plane that is not there. */
  plane(name: string): Promise<KubeClient>;
  /** Address and credentials of a plane, for what its client does not do. */
  endpoint(name: string): Promise<Endpoint>;
  close(): void;
}

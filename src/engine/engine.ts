import type { Platform } from "../config/model.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { Endpoint } from "../k8s/types.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { ClusterSpec, ObservedCluster } from "../plan/clusters.ts";

/** What a cluster can do. Code and tests ask for a capability, never for an engine's name. */
export type Capability =
  "images" | "cilium" | "argo" | "gateway" | "networkpolicy" | "registry" | "stop" | "sync-mount";

/** One fact found before anything is created, with what to do about it. `refuse` stops `up`, `warn` is shown. */
export interface Finding {
  readonly id: string;
  readonly level: "ok" | "warn" | "refuse";
  readonly code?: ErrorCode;
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  /** Whether `doctor --fix` can repair it. */
  readonly fixable?: boolean;
}

export interface ClusterHandle {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** kubeconfig context, `kind-<name>`. */
  readonly context: string;
  /** Private kubeconfig of this cluster, mode 0600. */
  readonly kubeconfig: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** When its node was last started, ms since the epoch; undefined where there is none. */
  readonly startedAt?: number | undefined;
  /** Where the cluster lives in this process: a way without a socket between. Closing it ends nothing. */
  readonly client?: KubeClient | undefined;
}

export interface RunContext {
  readonly signal: AbortSignal;
  /** Says what is going on now, one short phrase. */
  readonly progress: (message: string) => void;
  /** Keep half-made clusters for inspection instead of removing them. */
  readonly retain: boolean;
}

/** What provides clusters. Implementations: `kind/`; `embedded/` and `kubeconfig/` come with their own issues. */
export interface Engine {
  readonly name: "kind" | "embedded" | "kubeconfig";
  /** Facts and fixes, before anything is created. */
  preflight(platform: Platform, nodeImage?: string): Promise<Finding[]>;
  /** `recall`: what was learned of a node before counts as long as it is the same node; faster, for a look. */
  observe(options: { readonly recall: boolean }): Promise<ObservedCluster[]>;
  /** Idempotent: resumes a half-made cluster or makes it again, starts a stopped one. */
  ensure(cluster: ClusterSpec, context: RunContext): Promise<ClusterHandle>;
  /** Handle of a running cluster, or undefined. */
  open(name: string): Promise<ClusterHandle | undefined>;
  stop(name: string, context: RunContext): Promise<void>;
  start(name: string, context: RunContext): Promise<void>;
  /** Tolerates half-made clusters and clusters that are gone. */
  destroy(name: string, context: RunContext): Promise<void>;
}

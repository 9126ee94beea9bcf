import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";

/** After this long everything is applied once more, which repairs what somebody changed by hand. */
export const REPAIR_MS = 600_000;

interface Memory {
  readonly digest: string;
  readonly workload: string;
  readonly atMs: number;
}

/**
 * Remembers what was applied where, so that the many changes of status while pods start cost no calls. It only saves
 * work: what it forgets, or a workload that is not as it was left, is applied again.
 */
export interface AppliedMemory {
  /** Whether this was applied and the live workload is still what the server made of it. */
  holds(client: KubeClient, applied: Applied): boolean;
  remember(client: KubeClient, applied: Applied): void;
}

export interface Applied {
  /** Uid of the Deployment resource. */
  readonly uid: string;
  readonly digest: string;
  readonly workload: AnyObject | undefined;
  readonly nowMs: number;
}

export const createAppliedMemory = (): AppliedMemory => {
  // By client: new credentials are a new client, and may be another cluster.
  const memories = new WeakMap<KubeClient, Map<string, Memory>>();
  return {
    holds: (client, { uid, digest, workload, nowMs }) => {
      const memory = memories.get(client)?.get(uid);
      if (memory === undefined || workload === undefined) return false;
      const isFresh = nowMs - memory.atMs < REPAIR_MS && nowMs >= memory.atMs;
      return isFresh && memory.digest === digest && memory.workload === versionOf(workload);
    },
    remember: (client, { uid, digest, workload, nowMs }) => {
      if (workload === undefined) return;
      const ofClient = memories.get(client) ?? new Map<string, Memory>();
      memories.set(client, ofClient.set(uid, { digest, workload: versionOf(workload), atMs: nowMs }));
    },
  };
};

const versionOf = ({ metadata }: AnyObject): string => `${metadata.uid} ${metadata.generation}`;

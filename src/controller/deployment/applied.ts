import { createHash } from "node:crypto";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";

/** After this long everything is applied once more, which repairs what somebody changed by hand. */
export const REPAIR_MS = 600_000;

/**
 * Remembers what was applied where, so that the many changes of status while pods start cost no calls. It only saves
 * work: what it forgets, or an object that is not as it was left, is applied again.
 */
export interface AppliedMemory {
  /** Whether this was applied and the live object is still what the server made of it. */
  holds(client: KubeClient, applied: Applied): boolean;
  remember(client: KubeClient, applied: Applied): void;
}

export interface Applied {
  /** What it was applied for; starts with the uid of a resource. */
  readonly id: string;
  /** Hash of all that was applied. */
  readonly digest: string;
  /** The object that stands for all of them, as the server has it; undefined when it is not known to be there. */
  readonly live: AnyObject | undefined;
  readonly nowMs: number;
}

interface Memory {
  readonly digest: string;
  readonly version: string;
  readonly atMs: number;
}

export const createAppliedMemory = (): AppliedMemory => {
  // By client: new credentials are a new client, and may be another cluster.
  const memories = new WeakMap<KubeClient, Map<string, Memory>>();
  return {
    holds: (client, { id, digest, live, nowMs }) => {
      const memory = memories.get(client)?.get(id);
      if (memory === undefined || live === undefined) return false;
      const isFresh = nowMs - memory.atMs < REPAIR_MS && nowMs >= memory.atMs;
      return isFresh && memory.digest === digest && memory.version === versionOf(live);
    },
    remember: (client, { id, digest, live, nowMs }) => {
      if (live === undefined) return;
      const ofClient = memories.get(client) ?? new Map<string, Memory>();
      memories.set(client, ofClient.set(id, { digest, version: versionOf(live), atMs: nowMs }));
    },
  };
};

/** Changes with the object's spec, not with its status. */
const versionOf = ({ metadata }: AnyObject): string => `${metadata.uid} ${metadata.generation}`;

/** Hash of plain data. */
export const digestOf = (data: unknown): string => createHash("sha256").update(JSON.stringify(data)).digest("hex");

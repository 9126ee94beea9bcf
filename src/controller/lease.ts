import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/errors.ts";
import type { KubeClient } from "../k8s/client.ts";
import { isConflict } from "../k8s/errors.ts";
import type { KubeObject } from "../k8s/types.ts";

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

export type Attempt =
  | { readonly state: "held" }
  | { readonly state: "taken"; readonly holder: string }
  | { readonly state: "unknown"; readonly why: string };

/** One process's view of a Lease object. */
export interface LeaseClaim {
  /** Takes or renews the lease. Never throws for an API server that does not answer: that is `unknown`. */
  hold(signal: AbortSignal): Promise<Attempt>;
  /** Gives it up, so that the next one need not wait for it to expire. Best effort. */
  release(): Promise<void>;
}

export interface LeaseClaimOptions {
  readonly client: KubeClient;
  readonly lease: LeaseName;
  readonly identity: string;
  readonly durationMs: number;
  readonly clock: Clock;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** Two calls and a pause have to fit between the renew deadline and the end of the lease. */
const CALL_TIMEOUT_MS = 2000;

/** A claim of `identity` to the lease; nothing is sent before `hold`. */
export const claimLease = (options: LeaseClaimOptions): LeaseClaim => {
  const { client, identity, lease, clock } = options;
  const ref = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", ...lease };
  // When this process saw the lease change last. The writer's own time stamps are not used: clocks differ.
  let seen: { readonly version: string | undefined; readonly atMs: number } = { version: undefined, atMs: 0 };

  const isExpired = ({ metadata: { resourceVersion: version }, spec }: Lease): boolean => {
    const nowMs = clock.monotonic();
    if (seen.version !== version) seen = { version, atMs: nowMs };
    return nowMs - seen.atMs > (spec?.leaseDurationSeconds ?? 0) * 1000;
  };

  const hold = async (signal: AbortSignal): Promise<Attempt> => {
    const call = { signal, timeoutMs: CALL_TIMEOUT_MS };
    try {
      const found = await client.get<Lease>(ref, call);
      if (found === undefined) {
        await ensureNamespace(client, lease.namespace, call);
        await client.create<Lease>({ ...shell(lease), spec: nextSpec(options, undefined) }, call);
        return { state: "held" };
      }
      const holder = found.spec?.holderIdentity ?? "";
      if (holder !== "" && holder !== identity && !isExpired(found)) return { state: "taken", holder };
      await client.replace<Lease>({ ...found, spec: nextSpec(options, found.spec) }, call);
      return { state: "held" };
    } catch (error) {
      return isConflict(error)
        ? { state: "taken", holder: "somebody faster" }
        : { state: "unknown", why: messageOf(error) };
    }
  };

  const release = async (): Promise<void> => {
    try {
      const found = await client.get<Lease>(ref, { timeoutMs: CALL_TIMEOUT_MS });
      if (found?.spec?.holderIdentity !== identity) return;
      await client.replace<Lease>(
        { ...found, spec: { ...found.spec, holderIdentity: "" } },
        { timeoutMs: CALL_TIMEOUT_MS },
      );
    } catch {
      // It expires by itself.
    }
  };

  return { hold, release };
};

const shell = ({ namespace, name }: LeaseName): KubeObject => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace },
});

const nextSpec = ({ identity, durationMs, clock }: LeaseClaimOptions, before: LeaseSpec | undefined): LeaseSpec => {
  const now = new Date(clock.now()).toISOString().replace("Z", "000Z");
  const stays = before?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: stays ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (before?.leaseTransitions ?? 0) + (stays ? 0 : 1),
  };
};

const ensureNamespace = async (client: KubeClient, name: string, call: { signal: AbortSignal }): Promise<void> => {
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, call);
};

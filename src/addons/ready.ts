import type { KubeClient } from "../k8s/client.ts";
import { podProblem, readiness } from "../k8s/readiness.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";
import { podOfBefore } from "../k8s/pod-of-before.ts";
import { podsOfWorkload } from "../k8s/pods-of-workload.ts";
import { ChoreoError } from "../lib/errors.ts";
import { poll } from "../lib/poll.ts";
import { gistOf } from "../lib/program-error.ts";
import type { InstalledAddon } from "../plan/observed.ts";
import type { Addon } from "./catalog.ts";
import { listRecords } from "./inventory.ts";

export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** When the node was last started, ms since the epoch: what the API tells of pods may be of the time before. */
  readonly nodeStart?: number | undefined;
}

/**
 * What an addon still lacks, one phrase each: the object, and the pod, container and message that hold it up where they
 * are known. Empty means ready.
 */
export const addonReady = async (
  client: KubeClient,
  { ready }: Pick<Addon, "ready">,
  options: LookOptions = {},
): Promise<string[]> => (await Promise.all(ready.map((ref) => missingOf(client, ref, options)))).flat();

/** Waits until {@link addonReady} finds nothing; a time-out is `E_NOT_READY` and says what is missing. */
export const waitForAddon = (client: KubeClient, addon: Addon, options: WaitOptions): Promise<void> => {
  const { signal, nodeStart, progress, timeoutMs = 300_000, hopeless } = options;
  return poll<void>(
    async () => {
      const missing = await addonReady(client, addon, { signal, nodeStart });
      const [first] = missing;
      if (first === undefined) return { done: true, value: undefined };
      progress(first);
      const why = await hopeless?.();
      if (why !== undefined)
        throw new ChoreoError("E_NOT_READY", `${addon.name} ${addon.version} does not start`, {
          why,
          fix: "correct it; the version before goes on",
        });
      return { done: false, missing: missing.join("; ") };
    },
    {
      what: `${addon.name} ${addon.version}`,
      timeoutMs,
      intervalMs: 200,
      maxIntervalMs: 500,
      signal,
      code: "E_NOT_READY",
      fix: "choreo-dev status",
    },
  );
};

interface WaitOptions extends LookOptions {
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  readonly timeoutMs?: number | undefined;
  /** Looks whether waiting has become pointless, and says why. */
  readonly hopeless?: (() => Promise<string | undefined>) | undefined;
}

/** The addons of a cluster as its records tell, and whether each is ready now. */
export const observeAddons = async (client: KubeClient, options: LookOptions = {}): Promise<InstalledAddon[]> => {
  const records = await listRecords(client, options.signal);
  return Promise.all(
    records.map(async ({ name, version, hash, ready }) => ({
      name,
      version,
      hash,
      ready: hash !== "" && (await addonReady(client, { ready }, options)).length === 0,
    })),
  );
};

const missingOf = async (client: KubeClient, ref: ObjectRef, { signal, nodeStart }: LookOptions): Promise<string[]> => {
  const title = `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
  const object = (await client.hasKind(ref, { signal })) ? await client.get(ref, { signal }) : undefined;
  if (object === undefined) return [`${title} does not exist`];
  const state = readiness(object);
  if (state.ready) {
    const before = await podOfBefore(client, object, { nodeStart, signal });
    return before === undefined ? [] : [`${title}: pod ${before} does not run again yet`];
  }
  const problem = await firstPodProblem(client, object, signal);
  return [`${title}: ${state.missing}${problem === undefined ? "" : `, ${problem}`}`];
};

/** Pods of one workload mostly have the same problem: one says enough. */
const firstPodProblem = async (
  client: KubeClient,
  workload: AnyObject,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  for (const pod of await podsOfWorkload(client, workload, signal)) {
    const problem = podProblem(pod);
    if (problem !== undefined)
      return `pod ${pod.metadata.name}: ${problem.reason} ${gistOf(problem.message).slice(0, MOST)}`.trimEnd();
  }
  return undefined;
};

/** Characters of a message that is shown in one line. */
const MOST = 300;

import type { KubeClient } from "../k8s/client.ts";
import { podProblem, readiness } from "../k8s/readiness.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import { poll } from "../lib/poll.ts";
import { gistOf } from "../lib/program-error.ts";
import type { InstalledAddon } from "../plan/observed.ts";
import type { Addon } from "./catalog.ts";
import { listRecords } from "./inventory.ts";

/**
 * What an addon still lacks, one phrase each: the object, and the pod, container and message that hold it up where they
 * are known. Empty means ready.
 */
export const addonReady = async (
  client: KubeClient,
  { ready }: Pick<Addon, "ready">,
  signal?: AbortSignal,
): Promise<string[]> => (await Promise.all(ready.map((ref) => missingOf(client, ref, signal)))).flat();

/** Waits until {@link addonReady} finds nothing; a time-out is `E_NOT_READY` and says what is missing. */
export const waitForAddon = (client: KubeClient, addon: Addon, options: WaitOptions): Promise<void> => {
  const { signal, progress, timeoutMs = 300_000, hopeless } = options;
  return poll<void>(
    async () => {
      const missing = await addonReady(client, addon, signal);
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

interface WaitOptions {
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  readonly timeoutMs?: number | undefined;
  /** Looks whether waiting has become pointless, and says why. */
  readonly hopeless?: (() => Promise<string | undefined>) | undefined;
}

/** The addons of a cluster as its records tell, and whether each is ready now. */
export const observeAddons = async (client: KubeClient, signal?: AbortSignal): Promise<InstalledAddon[]> => {
  const records = await listRecords(client, signal);
  return Promise.all(
    records.map(async ({ name, version, hash, ready }) => ({
      name,
      version,
      hash,
      ready: hash !== "" && (await addonReady(client, { ready }, signal)).length === 0,
    })),
  );
};

const missingOf = async (client: KubeClient, ref: ObjectRef, signal: AbortSignal | undefined): Promise<string[]> => {
  const title = `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
  const object = (await client.hasKind(ref, { signal })) ? await client.get(ref, { signal }) : undefined;
  if (object === undefined) return [`${title} does not exist`];
  const state = readiness(object);
  if (state.ready) return [];
  const problem = await firstPodProblem(client, object, signal);
  return [`${title}: ${state.missing}${problem === undefined ? "" : `, ${problem}`}`];
};

/** Pods of one workload mostly have the same problem: one says enough. */
const firstPodProblem = async (
  client: KubeClient,
  workload: AnyObject,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  const { selector } = (workload["spec"] ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  const { namespace } = workload.metadata;
  const labels = Object.entries(selector?.matchLabels ?? {});
  if (labels.length === 0 || namespace === undefined) return undefined;
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
  const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector, signal });
  for (const pod of pods.items) {
    const problem = podProblem(pod);
    if (problem !== undefined)
      return `pod ${pod.metadata.name}: ${problem.reason} ${gistOf(problem.message).slice(0, MOST)}`.trimEnd();
  }
  return undefined;
};

/** Characters of a message that is shown in one line. */
const MOST = 300;

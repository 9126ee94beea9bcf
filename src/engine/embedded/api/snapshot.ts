import type { AnyObject } from "../../../k8s/types.ts";
import { poll } from "../../../lib/poll.ts";
import type { Entry, Store } from "../store/store.ts";
import { objectOf, prefixOf, textOf } from "./stored.ts";

/** All objects of a cluster at one moment. Entries are never changed, so that taking one is a walk over them. */
export type ClusterSnapshot = ReadonlyMap<string, Entry>;

export const takeSnapshot = (store: Store): ClusterSnapshot =>
  new Map([...store.all()].map((entry) => [entry.key, entry]));

/**
 * Makes every object as it was, by writes that watchers are told of as of any other. What came since is gone at once:
 * neither finalizers nor grace periods are waited for. A pod that has gone since is started again, and waited for.
 */
export const restoreSnapshot = async (store: Store, snapshot: ClusterSnapshot): Promise<void> => {
  const changed = [...snapshot.values()].filter((entry) => !isSame(store.tip(entry.key), entry));
  const back = changed.map((entry) => ({ entry, object: asItWas(store, entry) }));
  const writes = back.map(({ entry: { key }, object }) =>
    store.write({ key, expected: undefined, value: (revision) => textOf(object, revision) }),
  );
  await Promise.all(writes);
  await removeNew(store, snapshot);
  const revived = back.filter(({ entry, object }) => entry.key.startsWith(PODS) && isUnborn(object));
  if (revived.length > 0)
    await untilReady(
      store,
      snapshot,
      revived.map(({ entry }) => entry),
    );
};

/** Removes what a snapshot does not have. */
export const removeNew = async (store: Store, snapshot: ClusterSnapshot): Promise<void> => {
  const extra = [...store.all()].filter(({ key }) => !snapshot.has(key));
  const writes = extra.map(({ key, value }) => {
    const object = objectOf({ value });
    return store.write({ key, expected: undefined, value: (revision) => textOf(object, revision), delete: true });
  });
  await Promise.all(writes);
};

/** An object that was restored before has another revision, and is the same all the same. */
const isSame = (now: Entry | undefined, { revision, value }: Entry): boolean => {
  if (now === undefined || now.revision === revision) return now !== undefined;
  const without = (text: string): string => textOf(objectOf({ value: text }), 0);
  return without(now.value) === without(value);
};

const PODS = prefixOf({ group: "", resource: "pods" });
const SLICES = prefixOf({ group: "discovery.k8s.io", resource: "endpointslices" });

/** The processes of a pod that was deleted have ended: it begins anew, and is not ready before it is. */
const asItWas = (store: Store, { key, value }: Entry): AnyObject => {
  const object = objectOf({ value });
  if (!key.startsWith(PODS) || isFinished(object)) return object;
  const now = store.tip(key);
  const isAlive = now !== undefined && objectOf(now).metadata.uid === object.metadata.uid;
  return isAlive ? object : { ...object, status: { phase: "Pending" } };
};

const phaseOf = (pod: AnyObject): string | undefined => (pod["status"] as { phase?: string } | undefined)?.phase;
const isFinished = (pod: AnyObject): boolean => ["Succeeded", "Failed"].includes(phaseOf(pod) ?? "");
const isUnborn = (pod: AnyObject): boolean => phaseOf(pod) === "Pending";

/** Waits until pods are as ready as they were, and services know where they are now. */
const untilReady = (store: Store, snapshot: ClusterSnapshot, pods: readonly Entry[]): Promise<void> => {
  const wereReady = pods.filter((pod) => isReady(objectOf(pod)));
  const slices = [...snapshot.keys()].filter((key) => key.startsWith(SLICES));
  const served = new Map(
    wereReady.map((pod) => [pod.key, slices.filter((key) => serves(snapshot.get(key), objectOf(pod)))]),
  );
  return poll<void>(
    async () => {
      const missing = wereReady.filter(({ key }) => {
        const entry = store.get(key);
        const pod = entry === undefined ? undefined : objectOf(entry);
        if (pod === undefined || !isReady(pod)) return true;
        return served.get(key)?.every((slice) => serves(store.get(slice), pod)) !== true;
      });
      return missing.length === 0
        ? { done: true, value: undefined }
        : { done: false, missing: missing.map(({ key }) => key.slice(PODS.length)).join(", ") };
    },
    { what: "the pods that were restored", timeoutMs: 30_000, intervalMs: 5, maxIntervalMs: 50, code: "E_NOT_READY" },
  );
};

const isReady = (pod: AnyObject): boolean => {
  const { conditions = [] } = (pod["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
};

interface SliceEndpoint {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly ready?: boolean };
}

/** Whether a slice has the pod's address, ready. */
const serves = (slice: Pick<Entry, "value"> | undefined, pod: AnyObject): boolean => {
  if (slice === undefined) return false;
  const { podIP = "" } = (pod["status"] ?? {}) as { podIP?: string };
  const { endpoints } = objectOf(slice) as { endpoints?: readonly SliceEndpoint[] | null };
  return (endpoints ?? []).some(
    ({ addresses, conditions }) => addresses?.includes(podIP) === true && conditions?.ready !== false,
  );
};

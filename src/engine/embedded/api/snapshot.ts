import { randomUUID } from "node:crypto";
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
  const back = changed.map((entry) => ({ entry, object: asItWas(entry) }));
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

/**
 * An object that was restored before has another revision, and is the same all the same. A pod that lives is what it was,
 * whatever its status says meanwhile: only its processes know.
 */
const isSame = (now: Entry | undefined, { key, revision, value }: Entry): boolean => {
  if (now === undefined) return false;
  if (key.startsWith(PODS)) return objectOf(now).metadata.deletionTimestamp === undefined;
  if (now.revision === revision) return true;
  const without = (text: string): string => textOf(objectOf({ value: text }), 0);
  return without(now.value) === without(value);
};

const PODS = prefixOf({ group: "", resource: "pods" });
const SLICES = prefixOf({ group: "discovery.k8s.io", resource: "endpointslices" });

/**
 * The processes of a pod that was deleted have ended, or are about to: it begins anew under another uid, with which nobody who
 * still works on its end has to do.
 */
const asItWas = ({ key, value }: Entry): AnyObject => {
  const object = objectOf({ value });
  if (!key.startsWith(PODS) || isFinished(object)) return object;
  return { ...object, metadata: { ...object.metadata, uid: randomUUID() }, status: { phase: "Pending" } };
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
        // Its owner has put another one in its place meanwhile.
        if (entry === undefined) return false;
        const pod = objectOf(entry);
        return !isReady(pod) || served.get(key)?.every((slice) => serves(store.get(slice), pod)) !== true;
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

import type { KubeClient } from "../k8s/client.ts";
import { isConflict } from "../k8s/errors.ts";
import type { AnyObject, TypeRef } from "../k8s/types.ts";
import { poll } from "../lib/poll.ts";
import type { Addon } from "./catalog.ts";
import { ensureDnsRewrites } from "./coredns.ts";
import { addonLabels, keyOf, pruneObjects, readRecord, refOf, SYSTEM_NAMESPACE, writeRecord } from "./inventory.ts";

/** Objects with this annotation are created when they are missing and never changed: somebody else completes them. */
const APPLY_ANNOTATION = "choreo.dev/apply";
const PARALLEL = 8;

export interface ApplyAddonOptions {
  /** See addonHash; recorded when everything is applied. */
  readonly hash: string;
  /** Waited for before anything is applied. Give it the apply of the cluster's CNI: every pod waits for that one. */
  readonly after?: Promise<unknown> | undefined;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

/**
 * Makes a cluster have these objects: namespaces first, then definitions, permissions and settings at once, then workloads,
 * last the instances of custom kinds, as soon as the cluster knows them. Does not wait for anything to become ready. Safe to
 * run again, and after being cut off anywhere: what may exist is recorded before it is made.
 */
export const applyAddon = async (
  client: KubeClient,
  addon: Addon,
  rendered: readonly AnyObject[],
  { hash, after, signal, progress }: ApplyAddonOptions,
): Promise<void> => {
  // A CNI that fails is reported by whoever applies it; what can be applied without it still is.
  await after?.catch(() => undefined);
  const objects = rendered.map((object) => withLabels(object, addon.name));
  const stages = stagesOf([...namespacesOf(addon, objects), ...objects]);
  await inParallel(stages.namespaces, (object) => client.apply(object, { signal }));
  const before = await readRecord(client, addon.name, signal);
  const now = objects.map(refOf);
  const nowKeys = new Set(now.map(keyOf));
  const record = { name: addon.name, version: addon.version, ready: addon.ready };
  const maybe = [...now, ...(before?.objects ?? []).filter((ref) => !nowKeys.has(keyOf(ref)))];
  await writeRecord(client, { ...record, hash: "", objects: maybe }, signal);

  progress(`applying ${objects.length} objects`);
  await Promise.all([ensureDnsRewrites(client, addon.dnsRewrites, signal), applyStages(client, stages, signal)]);
  await pruneObjects(client, before?.objects ?? [], now, signal);
  await writeRecord(client, { ...record, hash, objects: now }, signal);
};

interface Stages {
  readonly namespaces: AnyObject[];
  readonly basics: AnyObject[];
  readonly workloads: AnyObject[];
  readonly instances: AnyObject[];
}

const applyStages = async (client: KubeClient, stages: Stages, signal: AbortSignal): Promise<void> => {
  await inParallel(stages.basics, (object) => put(client, object, signal));
  await inParallel(stages.workloads, (object) => put(client, object, signal));
  await inParallel(stages.instances, async (object) => {
    await untilServed(client, object, signal);
    await put(client, object, signal);
  });
};

const WORKLOADS = new Set(["Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "Pod"]);

const stagesOf = (objects: readonly AnyObject[]): Stages => {
  const defined = new Set(objects.flatMap(definedGroup));
  const stages: Stages = { namespaces: [], basics: [], workloads: [], instances: [] };
  for (const object of objects) {
    const group = groupOf(object);
    if (object.kind === "Namespace") stages.namespaces.push(object);
    // Kubernetes' own groups have no dot (`apps`) or end with k8s.io, and so do those of some of its sub-projects.
    else if (defined.has(group) || (group.includes(".") && !group.endsWith(".k8s.io"))) stages.instances.push(object);
    else if (WORKLOADS.has(object.kind)) stages.workloads.push(object);
    else stages.basics.push(object);
  }
  return stages;
};

const definedGroup = (object: AnyObject): string[] =>
  object.kind === "CustomResourceDefinition" ? [(object["spec"] as { group: string }).group] : [];

const groupOf = ({ apiVersion }: TypeRef): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

const namespacesOf = (addon: Addon, objects: readonly AnyObject[]): AnyObject[] => {
  const there = new Set(objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
  // kube-system is not ours to label.
  const wanted = [...new Set([SYSTEM_NAMESPACE, addon.namespace])].filter(
    (name) => !there.has(name) && name !== "kube-system",
  );
  const labels = { "app.kubernetes.io/managed-by": "choreo-dev", "app.kubernetes.io/part-of": "choreo-dev" };
  return wanted.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }));
};

const withLabels = (object: AnyObject, addon: string): AnyObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { "app.kubernetes.io/name": addon, ...object.metadata.labels, ...addonLabels(addon) },
  },
});

const put = async (client: KubeClient, object: AnyObject, signal: AbortSignal): Promise<void> => {
  const { [APPLY_ANNOTATION]: mode, ...annotations } = object.metadata.annotations ?? {};
  if (mode !== "create-only") {
    await client.apply(object, { signal });
    return;
  }
  try {
    await client.create({ ...object, metadata: { ...object.metadata, annotations } }, { signal });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
};

const untilServed = (client: KubeClient, { apiVersion, kind }: TypeRef, signal: AbortSignal): Promise<void> =>
  poll<void>(
    async () => {
      const served = await client.hasKind({ apiVersion, kind }, { signal });
      return served
        ? { done: true, value: undefined }
        : { done: false, missing: `the cluster does not know the kind ${kind} (${apiVersion})` };
    },
    { what: `the kind ${kind}`, timeoutMs: 60_000, intervalMs: 100, signal, code: "E_NOT_READY" },
  );

/** Works on a few at a time; after a failure nothing new is begun. */
const inParallel = async (
  objects: readonly AnyObject[],
  work: (object: AnyObject) => Promise<unknown>,
): Promise<void> => {
  const queue = [...objects];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        await work(next);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, queue.length) }, worker));
};

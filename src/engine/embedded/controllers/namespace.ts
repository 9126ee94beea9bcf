import { isKubeError } from "../../../k8s/errors.ts";
import type { AnyObject, KubeObject } from "../../../k8s/types.ts";
import { messageOf } from "../../../lib/errors.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { SharedInformer } from "./informers.ts";
import { NAMESPACE, type StatusCondition } from "./kinds.ts";
import { createLoop } from "./loop.ts";
import { isDeleting } from "./owners.ts";
import { type ServerResource, type ServerResources, collectionPath, discoverResources, read } from "./resources.ts";
import { isSame, timestamp, writeStatus } from "./status.ts";

export interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly StatusCondition[] };
}

export interface NamespaceOptions {
  /** PUT on the subresource `finalize`. */
  readonly finalize: (namespace: AnyObject) => Promise<void>;
}

interface Namespaces extends NamespaceOptions {
  readonly context: ControllerContext;
  readonly namespaces: SharedInformer<Namespace>;
  /** How often each has been looked into in vain. */
  readonly rounds: Map<string, number>;
}

const FINALIZER = "kubernetes";
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** Empties namespaces that are deleted, of whatever kinds the server has by then, and lets them go. */
export const createNamespaceController = (context: ControllerContext, options: NamespaceOptions): Controller => {
  const name = "namespace-controller";
  const namespaces = context.informers.of<Namespace>(NAMESPACE);
  const world: Namespaces = { ...options, context, namespaces, rounds: new Map() };
  const loop = createLoop({ ...context, name, workers: 5, reconcile: (key) => reconcile(world, key) });
  namespaces.subscribe((_before, after) => {
    if (after !== undefined && isDeleting(after)) loop.add(after.metadata.name);
  });
  return { name, run: () => loop.run() };
};

const reconcile = async (world: Namespaces, name: string): Promise<number | undefined> => {
  const { context, namespaces, rounds } = world;
  const namespace = namespaces.get(undefined, name);
  if (namespace === undefined || !(namespace.spec?.finalizers ?? []).includes(FINALIZER)) {
    rounds.delete(name);
    return undefined;
  }
  const found = await discoverResources(context.client, context.signal);
  const outcome = await empty(context, name, found);
  const current = (await report(context, namespace, found, outcome)) ?? namespace;
  if (outcome.left.length + outcome.failures.length + found.failures.length === 0) {
    const finalizers = (current.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    await world.finalize({ ...current, spec: { ...current.spec, finalizers } });
    rounds.delete(name);
    return undefined;
  }
  // Nobody tells when the last of all kinds is gone; only a namespace that is going is asked for.
  const round = rounds.get(name) ?? 0;
  rounds.set(name, round + 1);
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(round, 10));
};

interface Left {
  readonly resource: ServerResource;
  readonly count: number;
  readonly finalizers: readonly string[];
}

interface Outcome {
  readonly left: readonly Left[];
  readonly failures: readonly string[];
}

/** Deletes everything in a namespace and tells what is still there. */
const empty = async (context: ControllerContext, namespace: string, found: ServerResources): Promise<Outcome> => {
  const wanted = found.resources.filter(({ namespaced, verbs }) => namespaced && verbs.includes("list"));
  const results = await Promise.allSettled(wanted.map((resource) => emptyOf(context, namespace, resource)));
  const left: Left[] = [];
  const failures: string[] = [];
  for (const result of results) {
    if (result.status === "rejected") failures.push(messageOf(result.reason));
    else if (result.value !== undefined) left.push(result.value);
  }
  return { left, failures };
};

interface MetadataList {
  readonly items: readonly KubeObject[] | null;
  readonly metadata: { readonly remainingItemCount?: number };
}

const emptyOf = async (
  { client, signal }: ControllerContext,
  namespace: string,
  resource: ServerResource,
): Promise<Left | undefined> => {
  const path = `${collectionPath(resource, namespace)}?limit=50`;
  const isEmpty = ({ items }: MetadataList): boolean => (items ?? []).length === 0;
  try {
    const before = await read<MetadataList>(client, path, signal);
    const canDelete = resource.verbs.includes("delete");
    if (isEmpty(before) || !canDelete) return undefined;
    await deleteAll(client, namespace, resource, before.items ?? []);
    const after = await read<MetadataList>(client, path, signal);
    if (isEmpty(after)) return undefined;
    const items = after.items ?? [];
    const finalizers = items.flatMap(({ metadata }) => metadata.finalizers ?? []);
    return { resource, count: items.length + (after.metadata.remainingItemCount ?? 0), finalizers };
  } catch (error) {
    // The kind went away meanwhile, and all of it with it.
    if (isKubeError(error, 404, 405)) return undefined;
    throw error;
  }
};

const deleteAll = async (
  client: ControllerContext["client"],
  namespace: string,
  { apiVersion, kind, verbs }: ServerResource,
  items: readonly KubeObject[],
): Promise<void> => {
  if (verbs.includes("deletecollection")) {
    await client.deleteCollection({ apiVersion, kind }, { namespace });
    return;
  }
  await Promise.all(items.map(({ metadata }) => client.delete({ apiVersion, kind, name: metadata.name, namespace })));
};

const report = async (
  { client, clock }: ControllerContext,
  namespace: Namespace,
  found: ServerResources,
  outcome: Outcome,
): Promise<Namespace | undefined> => {
  const now = timestamp(clock.now());
  const before = namespace.status?.conditions ?? [];
  const conditions = conditionsOf(found, outcome).map((next) => {
    const old = before.find(({ type }) => type === next.type);
    const isKnown = old !== undefined && isSame({ ...old, lastTransitionTime: null }, next);
    return isKnown ? old : { ...next, lastTransitionTime: now };
  });
  return writeStatus(client, namespace, { ...namespace.status, conditions });
};

const conditionsOf = ({ failures: unknown }: ServerResources, { left, failures }: Outcome): StatusCondition[] => {
  const content = left.map(({ resource, count }) => {
    const group = resource.group === "" ? "" : `.${resource.group}`;
    return `${resource.plural}${group} has ${count} resource instances`;
  });
  const finalizers = new Map<string, number>();
  for (const name of left.flatMap((one) => one.finalizers)) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  return [
    condition("NamespaceDeletionDiscoveryFailure", unknown.length === 0, {
      no: ["ResourcesDiscovered", "All resources successfully discovered"],
      yes: ["DiscoveryFailed", `Discovery failed for some groups: ${unknown.join(", ")}`],
    }),
    condition("NamespaceDeletionGroupVersionParsingFailure", true, {
      no: ["ParsedGroupVersions", "All legacy kube types successfully parsed"],
      yes: ["GroupVersionParsingFailed", ""],
    }),
    condition("NamespaceDeletionContentFailure", failures.length === 0, {
      no: ["ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
      yes: ["ContentDeletionFailed", `Failed to delete all resource types: ${failures.join("; ")}`],
    }),
    condition("NamespaceContentRemaining", content.length === 0, {
      no: ["ContentRemoved", "All content successfully removed"],
      yes: ["SomeResourcesRemain", `Some resources are remaining: ${content.join(", ")}`],
    }),
    condition("NamespaceFinalizersRemaining", held.length === 0, {
      no: ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
      yes: ["SomeFinalizersRemain", `Some content in the namespace has finalizers remaining: ${held.join(", ")}`],
    }),
  ];
};

type Text = readonly [reason: string, message: string];

const condition = (type: string, isFine: boolean, { no, yes }: { no: Text; yes: Text }): StatusCondition => {
  const [reason, message] = isFine ? no : yes;
  return { type, status: isFine ? "False" : "True", reason, message };
};

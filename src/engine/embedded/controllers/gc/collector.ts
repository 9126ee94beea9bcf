import type { KubeObject, ObjectRef, OwnerReference } from "../../../../k8s/types.ts";
import { isKubeError } from "../../../../k8s/errors.ts";
import type { Controller, ControllerContext } from "../context.ts";
import { createLoop } from "../loop.ts";
import { isDeleting, setOwners } from "../owners.ts";
import { FOREGROUND, type Graph, type GraphNode, ORPHAN, createGraph } from "./graph.ts";
import type { Monitors } from "./monitors.ts";
import { type OwnerState, createOwnerLookup } from "./owner-lookup.ts";

interface Collector {
  readonly context: ControllerContext;
  readonly graph: Graph;
  readonly lookUp: (node: GraphNode, owner: OwnerReference) => Promise<OwnerState>;
  /** Looks at an object again. */
  readonly enqueue: (uid: string) => void;
}

/** Deletes what has lost its last owner, and sees to the order of deletions that ask for one. */
export const createGarbageCollector = (context: ControllerContext, monitors: Monitors): Controller => {
  const name = "garbage-collector";
  const graph = createGraph();
  const { client } = context;
  const loop = createLoop({ ...context, name, workers: 8, reconcile: (uid) => reconcile(collector, uid) });
  const record = context.events.from(name);
  const collector: Collector = {
    context,
    graph,
    lookUp: createOwnerLookup({ client, graph, record }),
    enqueue: (uid) => loop.add(uid),
  };
  monitors.subscribe((change) => {
    const { before, after } = graph.apply(change);
    if (after === undefined) onGone(collector, change.uid, before);
    else if (needsLook(graph, before, after)) loop.add(after.uid);
  });
  return {
    name,
    run: async () => {
      await monitors.synced;
      await loop.run();
    },
  };
};

const onGone = ({ graph, enqueue }: Collector, uid: string, before: GraphNode | undefined): void => {
  for (const dependent of graph.dependentsOf(uid)) enqueue(dependent.uid);
  // An owner may have waited for it.
  for (const owner of before?.owners ?? []) if (graph.get(owner.uid)?.foreground === true) enqueue(owner.uid);
};

const needsLook = (graph: Graph, before: GraphNode | undefined, after: GraphNode): boolean => {
  if (after.foreground || after.orphan) return true;
  if (after.deleting || after.owners.length === 0) return false;
  const isNew = before === undefined || ownersText(before) !== ownersText(after);
  return isNew && after.owners.some(({ uid }) => graph.get(uid)?.deleting !== false);
};

const ownersText = ({ owners }: GraphNode): string => owners.map(({ uid }) => uid).join();

const reconcile = async (collector: Collector, uid: string): Promise<undefined> => {
  const node = collector.graph.get(uid);
  if (node === undefined) return;
  if (node.orphan) await cutLoose(collector, node);
  else if (node.foreground) await deleteDependentsFirst(collector, node);
  else if (!node.deleting && node.owners.length > 0) await collect(collector, node);
};

/** Takes the owner out of its dependents, and then lets it go. */
const cutLoose = async ({ context, graph }: Collector, owner: GraphNode): Promise<void> => {
  const { client } = context;
  for (const dependent of graph.dependentsOf(owner.uid)) {
    const live = await client.get(refTo(dependent));
    if (live === undefined || live.metadata.uid !== dependent.uid) continue;
    const owners = live.metadata.ownerReferences ?? [];
    if (!owners.some(({ uid }) => uid === owner.uid)) continue;
    await setOwners(
      client,
      live,
      owners.filter(({ uid }) => uid !== owner.uid),
    );
  }
  await dropFinalizer(context, owner, ORPHAN);
};

/** Sends for the dependents of an owner, and lets it go when none is left that it has to wait for. */
const deleteDependentsFirst = async ({ context, graph, enqueue }: Collector, owner: GraphNode): Promise<void> => {
  const dependents = graph.dependentsOf(owner.uid);
  const isWaitedFor = ({ owners }: GraphNode): boolean => owners.some(({ uid, blocks }) => blocks && uid === owner.uid);
  if (!dependents.some(isWaitedFor)) await dropFinalizer(context, owner, FOREGROUND);
  for (const { uid, deleting } of dependents) if (!deleting) enqueue(uid);
};

const dropFinalizer = async ({ client }: ControllerContext, node: GraphNode, finalizer: string): Promise<void> => {
  const live = await client.get(refTo(node));
  if (live === undefined || live.metadata.uid !== node.uid) return;
  const { uid, resourceVersion, finalizers = [] } = live.metadata;
  if (!finalizers.includes(finalizer)) return;
  const metadata = { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) };
  await client.mergePatch(refTo(node), { metadata });
};

/** Deletes an object none of whose owners is there any more; where one is, only takes the others out. */
const collect = async ({ context, graph, lookUp }: Collector, node: GraphNode): Promise<void> => {
  const { client } = context;
  const live = await client.get(refTo(node));
  if (live === undefined || live.metadata.uid !== node.uid || isDeleting(live)) return;
  const owners = live.metadata.ownerReferences ?? [];
  if (owners.length === 0) return;
  const states = await Promise.all(owners.map((owner) => lookUp(node, owner)));
  if (states.every((state) => state === "present")) return;
  if (states.includes("present")) {
    await setOwners(
      client,
      live,
      owners.filter((_owner, at) => states[at] === "present"),
    );
    return;
  }
  const waits = states.includes("waiting") && graph.dependentsOf(node.uid).length > 0;
  const propagation = waits ? "Foreground" : propagationOf(live);
  try {
    await client.delete(refTo(node), { uid: node.uid, propagation });
  } catch (error) {
    // Another one of the same name by now.
    if (!isKubeError(error, 409)) throw error;
  }
};

/** Somebody may have said already how it is to be deleted. */
const propagationOf = ({ metadata: { finalizers = [] } }: KubeObject): "Orphan" | "Foreground" | "Background" => {
  if (finalizers.includes(ORPHAN)) return "Orphan";
  return finalizers.includes(FOREGROUND) ? "Foreground" : "Background";
};

const refTo = ({ type, name, namespace }: GraphNode): ObjectRef => ({ ...type, name, namespace });

import type { KubeClient } from "../../../../k8s/client.ts";
import type { KubeObject, OwnerReference } from "../../../../k8s/types.ts";
import { isKubeError } from "../../../../k8s/errors.ts";
import type { RecordEvent } from "../events.ts";
import { isDeleting } from "../owners.ts";
import { FOREGROUND, type Graph, type GraphNode } from "./graph.ts";

/** `waiting`: it is being deleted and waits for its dependents to go first. */
export type OwnerState = "present" | "absent" | "waiting";

export interface OwnerLookupOptions {
  readonly client: KubeClient;
  readonly graph: Graph;
  readonly record: RecordEvent;
}

/** Owners that are known to be gone; a uid never comes back. */
const MEMORY = 500;

/** Finds out whether the owner that an object names is there; what the graph does not show is asked of the server. */
export const createOwnerLookup = (
  options: OwnerLookupOptions,
): ((node: GraphNode, owner: OwnerReference) => Promise<OwnerState>) => {
  const { graph, record } = options;
  const absent = new Set<string>();
  return async (node, owner) => {
    const known = graph.get(owner.uid);
    if (known !== undefined && !isElsewhere(known, node)) return known.foreground ? "waiting" : "present";
    const key = `${node.namespace ?? ""}/${owner.uid}`;
    if (absent.has(key)) return "absent";
    const state = await ask(options, node, owner);
    if (state !== "absent") return state;
    absent.add(key);
    const [oldest] = absent;
    if (absent.size > MEMORY && oldest !== undefined) absent.delete(oldest);
    if (known !== undefined) record(objectOf(node), "Warning", "OwnerRefInvalidNamespace", elsewhere(node, owner));
    return state;
  };
};

/** An owner of a namespace owns only within it. */
const isElsewhere = (owner: GraphNode, node: GraphNode): boolean =>
  owner.namespace !== undefined && owner.namespace !== node.namespace;

const elsewhere = ({ namespace }: GraphNode, { apiVersion, kind, name, uid }: OwnerReference): string =>
  `ownerRef [${apiVersion}/${kind}, namespace: ${namespace ?? ""}, name: ${name}, uid: ${uid}] does not exist in namespace "${namespace ?? ""}"`;

const ask = async ({ client }: OwnerLookupOptions, node: GraphNode, owner: OwnerReference): Promise<OwnerState> => {
  const { apiVersion, kind, name, uid } = owner;
  // A kind that the server does not name proves nothing: discovery may have failed, or its definition may come back.
  if (!(await client.hasKind({ apiVersion, kind }))) return "present";
  try {
    const found = await client.get({ apiVersion, kind, name, namespace: node.namespace });
    if (found === undefined || found.metadata.uid !== uid) return "absent";
    const waits = isDeleting(found) && (found.metadata.finalizers ?? []).includes(FOREGROUND);
    return waits ? "waiting" : "present";
  } catch (error) {
    // Something without a namespace cannot belong to something in one, and nobody can tell in which.
    if (isKubeError(error, 400)) return "present";
    throw error;
  }
};

const objectOf = ({ type, name, namespace, uid }: GraphNode): KubeObject => ({
  ...type,
  metadata: { name, uid, ...(namespace === undefined ? {} : { namespace }) },
});

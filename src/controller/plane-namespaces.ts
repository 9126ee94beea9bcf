import type { KubeObject } from "../k8s/types.ts";
import { refOf } from "../k8s/object-ref.ts";
import { messageOf } from "../lib/errors.ts";
import { isDeleting } from "./finalizers.ts";
import { FORCE_HINT } from "./force-delete.ts";
import type { ReconcileContext } from "./reconciler.ts";

const NAMESPACE = { apiVersion: "v1", kind: "Namespace" } as const;
/** A plane that does not answer should not hold a worker for the length of an ordinary call. */
const CALL_TIMEOUT_MS = 10_000;

/**
 * Deletes the namespaces that match the labels on every one of the planes. Returns what is waited for, or undefined
 * when none is left; a plane that does not answer is waited for unless `forced`.
 */
export const deletePlaneNamespaces = async (
  context: ReconcileContext,
  planes: readonly KubeObject[],
  selection: { readonly labels: Readonly<Record<string, string>>; readonly forced: boolean },
): Promise<string | undefined> => {
  const waits = await Promise.all(planes.map((plane) => deleteOnPlane(context, plane, selection)));
  return waits.find((wait) => wait !== undefined);
};

const deleteOnPlane = async (
  context: ReconcileContext,
  plane: KubeObject,
  { labels, forced }: { readonly labels: Readonly<Record<string, string>>; readonly forced: boolean },
): Promise<string | undefined> => {
  const title = `${plane.kind} ${plane.metadata.name}`;
  const call = { signal: context.signal, timeoutMs: CALL_TIMEOUT_MS };
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
  try {
    const client = context.planes.of(plane);
    const { items } = await client.list(NAMESPACE, { ...call, labelSelector });
    for (const namespace of items) {
      if (!isDeleting(namespace)) await client.delete(refOf(namespace), call);
    }
    const [first] = items;
    return first === undefined ? undefined : `namespace ${first.metadata.name} on ${title} to be deleted`;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!forced) return `${title} to answer: ${messageOf(error)}; ${FORCE_HINT}`;
    context.log("warn", `left behind on ${title}: namespaces with ${labelSelector}`, { error: messageOf(error) });
    return undefined;
  }
};

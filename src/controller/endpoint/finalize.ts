import type { Deployment, Endpoint } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { cleanPlanes, planeCall, planesOf } from "../deployment/planes.ts";
import { findSlot, namespaceOf, type Slot } from "../deployment/slot.ts";
import { isDeleting } from "../finalizers.ts";
import { isForced } from "../force-delete.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { possibleRoutes } from "./publish.ts";

/** Closes the routes of an Endpoint. Needs nothing but its labels: its parents may be gone. */
export const finalizeEndpoint = async (endpoint: Endpoint, context: ReconcileContext): Promise<string | undefined> => {
  const slot = findSlot(endpoint);
  if (slot === undefined) return undefined;
  const planes = planesOf(context, endpoint);
  return await cleanPlanes(context, planes, {
    forced: [endpoint, ...ownersOf(endpoint, context), ...planes].some((object) => isForced(context, object)),
    step: (client) => closeAll(client, { endpoint, slot, context }),
  });
};

const ownersOf = ({ metadata }: Endpoint, { cache }: ReconcileContext): Deployment[] =>
  (metadata.ownerReferences ?? []).flatMap(
    ({ name }) => cache<Deployment>("Deployment").get({ namespace: metadata.namespace, name }) ?? [],
  );

const closeAll = async (
  client: KubeClient,
  { endpoint, slot, context }: { readonly endpoint: Endpoint; readonly slot: Slot; readonly context: ReconcileContext },
): Promise<string | undefined> => {
  const call = planeCall(context);
  const namespace = namespaceOf(slot);
  let waitsFor: string | undefined;
  for (const { type, name } of possibleRoutes(endpoint.metadata.name)) {
    const route = await client.get({ ...type, namespace, name }, call);
    if (route === undefined) continue;
    if (!isDeleting(route)) await client.delete(refOf(route), call);
    waitsFor = `${type.kind} ${name} to be deleted`;
  }
  return waitsFor;
};

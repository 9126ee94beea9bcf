import { isDeepStrictEqual } from "node:util";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject, TypeRef } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { isDeleting } from "../finalizers.ts";
import type { PlaneCall } from "./planes.ts";
import type { Rendered } from "./render/index.ts";
import { SECRET_PROVIDER_CLASS } from "./render/secret-provider-class.ts";
import { namespaceOf, selectorText, type Slot, slotLabels } from "./slot.ts";

/** Kinds of which a Deployment has objects of its own in a data plane, workloads first. */
const OWN_KINDS: readonly TypeRef[] = [
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "CronJob" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Secret" },
  SECRET_PROVIDER_CLASS,
];

/**
 * Applies everything but the workload and its followers, so that pods find what they refer to and the policy is in
 * force before the first of them runs.
 */
export const applySupports = async (client: KubeClient, rendered: Rendered, call: PlaneCall): Promise<void> => {
  await client.apply(rendered.namespace, call);
  await Promise.all([rendered.policy, ...rendered.supports].map((object) => client.apply(object, call)));
};

/** Applies the workload, then what acts on it. Returns the workload as the server has it. */
export const applyWorkload = async (client: KubeClient, rendered: Rendered, call: PlaneCall): Promise<AnyObject> => {
  const workload = await client.apply(rendered.workload, call);
  await Promise.all(rendered.followers.map((object) => client.apply(object, call)));
  return workload;
};

/** Deletes own objects of the slot that are no longer rendered. */
export const pruneOthers = async (
  client: KubeClient,
  slot: Slot,
  { rendered, call }: { readonly rendered: Rendered; readonly call: PlaneCall },
): Promise<void> => {
  const wanted = new Set([...rendered.supports, rendered.workload, ...rendered.followers].map(idOf));
  const found = await listOwn(client, slot, { ...call, namespace: namespaceOf(slot) });
  await Promise.all(
    found
      .filter((object) => !wanted.has(idOf(object)) && !isDeleting(object))
      .map((object) => client.delete(refOf(object), call)),
  );
};

/** Own objects of the slot; in every namespace when none is given. Kinds that the data plane does not know are left out. */
export const listOwn = async (
  client: KubeClient,
  slot: Slot,
  options: PlaneCall & { readonly namespace?: string },
): Promise<AnyObject[]> => {
  const labelSelector = selectorText(slotLabels(slot));
  const lists = await Promise.all(
    OWN_KINDS.map(async (type) =>
      (await client.hasKind(type, options)) ? (await client.list(type, { ...options, labelSelector })).items : [],
    ),
  );
  return lists.flat();
};

const idOf = ({ kind, metadata }: AnyObject): string => `${kind}/${metadata.name}`;

/** Whether a workload that is there cannot become the rendered one: its selector is fixed for life. */
export const mustReplace = (live: AnyObject | undefined, { workload }: Rendered): boolean => {
  const selectorOf = (object: AnyObject | undefined): unknown =>
    (object?.["spec"] as { selector?: unknown } | undefined)?.selector;
  return live !== undefined && !isDeepStrictEqual(selectorOf(live), selectorOf(workload));
};

import type { AnyObject } from "../../../k8s/types.ts";
import { isConflict } from "../../../k8s/errors.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT } from "./kinds.ts";
import { createLoop } from "./loop.ts";
import type { Monitors } from "./gc/monitors.ts";
import type { Namespace } from "./namespace.ts";
import { isDeleting, refOf } from "./owners.ts";
import { isNamespaceGoing } from "./pods.ts";
import { difference, isSame } from "./status.ts";

export const ROOT_CA_NAME = "kube-root-ca.crt";

export interface NamespaceContentOptions {
  readonly rootCA: string;
  readonly monitors: Monitors;
}

/** Keeps in every namespace what pods rely on: the ServiceAccount `default` and the certificate of the API server. */
export const createNamespaceContentController = (
  context: ControllerContext,
  { rootCA, monitors }: NamespaceContentOptions,
): Controller => {
  const name = "root-ca-and-service-account-controller";
  const namespaces = context.informers.of<Namespace>(NAMESPACE);
  const loop = createLoop({
    ...context,
    name,
    reconcile: async (namespace) => {
      const found = namespaces.get(undefined, namespace);
      if (found !== undefined && !isDeleting(found)) await ensure(context, namespace, rootCA);
      return undefined;
    },
  });
  namespaces.subscribe((before, after) => {
    if (before === undefined && after !== undefined) loop.add(after.metadata.name);
  });
  // Of these kinds no copy is kept: there are many of them, and one of each matters.
  monitors.subscribe((change) => {
    const isOurs =
      (change.type.kind === CONFIG_MAP.kind && change.name === ROOT_CA_NAME) ||
      (change.type.kind === SERVICE_ACCOUNT.kind && change.name === "default");
    if (!isOurs || change.type.apiVersion !== "v1" || change.namespace === undefined) return;
    const isRight =
      change.object !== undefined && (change.type.kind !== CONFIG_MAP.kind || isCurrent(change.object, rootCA));
    if (!isRight) loop.add(change.namespace);
  });
  return { name, run: () => loop.run() };
};

const isCurrent = ({ data }: AnyObject, rootCA: string): boolean => isSame(data, { "ca.crt": rootCA });

const ensure = async ({ client }: ControllerContext, namespace: string, rootCA: string): Promise<void> => {
  try {
    await ensureObject(client, { ...SERVICE_ACCOUNT, metadata: { name: "default", namespace } });
    const description = "Contains a CA bundle that can be used to verify the kube-apiserver from inside a pod.";
    const annotations = { "kubernetes.io/description": description };
    const map = { ...CONFIG_MAP, metadata: { name: ROOT_CA_NAME, namespace, annotations }, data: { "ca.crt": rootCA } };
    const found = await ensureObject(client, map);
    const data = difference(found?.["data"] ?? {}, map.data);
    if (found !== undefined && data !== undefined) await client.mergePatch(refOf(map), { data });
  } catch (error) {
    if (!isNamespaceGoing(error)) throw error;
  }
};

/** Makes it, or returns the one that is there. */
const ensureObject = async (client: ControllerContext["client"], object: AnyObject): Promise<AnyObject | undefined> => {
  const found = await client.get(refOf(object));
  if (found !== undefined) return found;
  try {
    await client.create(object);
    return undefined;
  } catch (error) {
    if (isConflict(error)) return client.get(refOf(object));
    throw error;
  }
};

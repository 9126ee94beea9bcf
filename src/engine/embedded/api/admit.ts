import type { AnyObject } from "../../../k8s/types.ts";
import type { Entry } from "../store/store.ts";
import type { Core } from "./core.ts";
import type { ResourceType } from "./resource-type.ts";
import { StatusError, notFound } from "./status.ts";
import { keyOf, objectOf } from "./stored.ts";

const NAMESPACES = { group: "", resource: "namespaces" } as const;
/** Namespaces that every cluster has. */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** New objects need a namespace that is there and stays. */
export const checkNamespace = ({ store }: Core, type: ResourceType, object: AnyObject): void => {
  const { namespace = "", name } = object.metadata;
  if (!type.namespaced) return;
  const entry = store.tip(keyOf(NAMESPACES, undefined, namespace));
  if (entry === undefined) throw notFound(NAMESPACES, namespace);
  if (!isGoing(entry)) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(type, name, why, [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ]);
};

/** Every create asks: the text is only parsed where it may say so. */
const isGoing = (namespace: Entry): boolean =>
  namespace.value.includes("deletionTimestamp") && objectOf(namespace).metadata.deletionTimestamp !== undefined;

export const checkDeletion = (type: ResourceType, name: string): void => {
  if (type.group === "" && type.resource === "namespaces" && IMMORTAL.has(name))
    throw forbidden(type, name, "this namespace may not be deleted");
};

export const forbidden = (
  { group, resource }: Pick<ResourceType, "group" | "resource">,
  name: string,
  why: string,
  causes?: readonly { reason: string; message: string; field: string }[],
): StatusError =>
  new StatusError(
    "Forbidden",
    `${group === "" ? resource : `${resource}.${group}`} ${JSON.stringify(name)} is forbidden: ${why}`,
    {
      name,
      ...(group === "" ? {} : { group }),
      kind: resource,
      ...(causes === undefined ? {} : { causes }),
    },
  );

import { type Api, limitsOf } from "./api.ts";
import type { ApplyOptions, CallOptions, DeleteOptions, KubeClient } from "./client.ts";
import { isNotFound } from "./errors.ts";
import { selectorsOf } from "./list.ts";
import type { AnyObject, KubeObject, ObjectRef } from "./types.ts";
import { refOf } from "./object-ref.ts";

type WriteCalls = Pick<KubeClient, "create" | "apply" | "replace" | "mergePatch" | "delete" | "deleteCollection">;

const FIELD_MANAGER = "choreo-dev";

/** The calls that change something. */
export const writeCalls = (api: Api): WriteCalls => ({
  create: async (object, options = {}) => {
    const path = await api.discovery.collection(object, object.metadata.namespace, options);
    const query = options.dryRun === true ? "?dryRun=All" : "";
    return api.json({ method: "POST", path: `${path}${query}`, body: object, ...limitsOf(options) });
  },
  apply: (object, options = {}) => apply(api, object, options),
  replace: async (object, options = {}) => {
    const path = await subresourcePath(api, refOf(object), options);
    return api.json({ method: "PUT", path, body: object, ...limitsOf(options) });
  },
  mergePatch: async (ref, patch, options = {}) => {
    const path = await subresourcePath(api, ref, options);
    const contentType = "application/merge-patch+json";
    return api.json({ method: "PATCH", path, body: patch, contentType, ...limitsOf(options) });
  },
  delete: (ref, options = {}) => remove(api, ref, options),
  deleteCollection: async (type, options) => {
    const path = await api.discovery.collection(type, options.namespace, options);
    await api.json({ method: "DELETE", path: `${path}?${selectorsOf(options)}`, ...limitsOf(options) });
  },
});

const apply = async <T extends KubeObject>(api: Api, object: T, options: ApplyOptions): Promise<T> => {
  const { fieldManager = FIELD_MANAGER, force = true, dryRun = false } = options;
  const path = await subresourcePath(api, refOf(object), options);
  const query = new URLSearchParams({ fieldManager, force: String(force), ...(dryRun ? { dryRun: "All" } : {}) });
  return api.json<T>({
    method: "PATCH",
    path: `${path}?${query}`,
    body: forApply(object, options.subresource),
    contentType: "application/apply-patch+yaml",
    repeatable: true,
    ...limitsOf(options),
  });
};

/** What only the server writes. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "creationTimestamp",
  "generation",
]);

/** The part of an object that somebody can want, so that one that was read may be applied as it is. */
const forApply = (object: KubeObject, subresource: "status" | undefined): unknown => {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => !SERVER_FIELDS.has(field)));
  const { status, ...wanted } = object as AnyObject;
  return { ...wanted, metadata, ...(subresource === "status" ? { status } : {}) };
};

const remove = async (api: Api, ref: ObjectRef, options: DeleteOptions): Promise<boolean> => {
  const { propagation = "Background", uid, gracePeriodSeconds } = options;
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: propagation,
    ...(uid === undefined ? {} : { preconditions: { uid } }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
  try {
    const path = await api.discovery.object(ref, options);
    await api.json({ method: "DELETE", path, body, ...limitsOf(options) });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
};

const subresourcePath = async (
  api: Api,
  ref: ObjectRef,
  options: CallOptions & { readonly subresource?: string },
): Promise<string> => {
  const path = await api.discovery.object(ref, options);
  return options.subresource === undefined ? path : `${path}/${options.subresource}`;
};

import type { KubeObject, ObjectRef } from "./types.ts";

/** Where an object is. */
export const refOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
});

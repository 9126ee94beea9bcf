import path from "node:path";
import type { AnyObject } from "../k8s/types.ts";
import { CHOREO_API } from "./labels.ts";

/** A Component whose `source.local.path` is absolute: in a manifest it is relative to the manifest's own folder. */
export const withSourceFolder = (object: AnyObject, folder: string): AnyObject => {
  if (object.apiVersion !== CHOREO_API || object.kind !== "Component") return object;
  const { spec } = object as { spec?: { source?: { local?: { path?: unknown } } } };
  const local = spec?.source?.local;
  if (typeof local?.path !== "string") return object;
  return {
    ...object,
    spec: { ...spec, source: { ...spec?.source, local: { path: path.resolve(folder, local.path) } } },
  };
};

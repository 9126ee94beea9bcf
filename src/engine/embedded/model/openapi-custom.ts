import type { ResourceType } from "../api/resource-type.ts";
import type { Definition } from "./data.ts";
import { META, refTo } from "./openapi-paths.ts";

/** `com.example.v1.Widget`, as Kubernetes names the definitions of custom resources. */
export const customName = (group: string, version: string, kind: string): string =>
  [...group.split(".").reverse(), version, kind].join(".");

/** Definitions of a custom resource and its list: the schema stays in one piece, but for the metadata. */
export const customDefinitions = (type: ResourceType): Record<string, Definition> => {
  const { group, version, kind, listKind, schema } = type;
  const name = customName(group, version, kind);
  const object = {
    ...(schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true }),
    properties: { ...schema?.properties, ...TYPE_META, metadata: { allOf: [refTo(META.object)] } },
    ...groupVersionKind(group, version, kind),
  };
  const list = {
    type: "object",
    required: ["items"],
    properties: {
      ...TYPE_META,
      items: { type: "array", items: refTo(name) },
      metadata: { allOf: [refTo(META.listMeta)] },
    },
    ...groupVersionKind(group, version, listKind),
  };
  return { [name]: object, [customName(group, version, listKind)]: list };
};

const TYPE_META = { apiVersion: { type: "string" }, kind: { type: "string" } };

const groupVersionKind = (group: string, version: string, kind: string): Definition => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }],
});

import type { ResourceType } from "../../../../../src/engine/embedded/api/resource-type.ts";
import { resourceTypesOf } from "../../../../../src/engine/embedded/crd/resource-types.ts";
import { builtinTypes } from "../../../../../src/engine/embedded/model/types.ts";
import type { Schema } from "../../../../../src/engine/embedded/schema/schema.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";

const SPEC: Schema = {
  type: "object",
  properties: {
    size: { type: "string" },
    count: { type: "integer" },
    loose: { "x-kubernetes-int-or-string": true },
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    list: { type: "array", items: { type: "string" } },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, weight: { type: "integer" } },
      },
    },
    ports: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["protocol", "port"],
      items: {
        type: "object",
        required: ["port"],
        properties: {
          port: { type: "integer" },
          protocol: { type: "string", default: "TCP" },
          note: { type: "string" },
        },
      },
    },
    whole: { type: "object", "x-kubernetes-map-type": "atomic", properties: { x: { type: "integer" } } },
    map: { type: "object", additionalProperties: { type: "string" } },
    nested: { type: "object", properties: { x: { type: "string" }, y: { type: "string" } } },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

const versionOf = (name: string): object => ({
  name,
  served: true,
  storage: name === "v1",
  subresources: { status: {} },
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: SPEC, status: { type: "object", properties: { note: { type: "string" } } } },
    },
  },
});

/** A custom kind with every sort of list and map. */
export const DEFINITION: AnyObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boxes.fields.choreo.dev" },
  spec: {
    group: "fields.choreo.dev",
    scope: "Namespaced",
    names: { kind: "Box", plural: "boxes", singular: "box" },
    versions: ["v1", "v2"].map(versionOf),
  },
};

const boxes = resourceTypesOf(DEFINITION);

export const boxType = (version = "v1"): ResourceType => found(boxes.find((type) => type.version === version));

export const builtinType = (kind: string, version = "v1"): ResourceType =>
  found(builtinTypes().find((type) => type.kind === kind && type.version === version));

const found = (type: ResourceType | undefined): ResourceType => {
  if (type === undefined) throw new Error("there is no such type");
  return type;
};

export const findBox = (apiVersion: string): ResourceType | undefined =>
  boxes.find((type) => `${type.group}/${type.version}` === apiVersion);

export const box = (spec: object | undefined, more: object = {}): AnyObject => ({
  apiVersion: "fields.choreo.dev/v1",
  kind: "Box",
  metadata: { name: "b" },
  ...(spec === undefined ? {} : { spec }),
  ...more,
});

import type { ResourceType } from "../../../../../src/engine/embedded/api/resource-type.ts";

/** A custom resource as a CustomResourceDefinition would define it. */
export const widgets = (): ResourceType => ({
  group: "shop.example.com",
  version: "v1alpha1",
  kind: "Widget",
  listKind: "WidgetList",
  resource: "widgets",
  singular: "widget",
  shortNames: ["wd"],
  categories: [],
  namespaced: true,
  verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
  custom: true,
  columns: [],
  schema: {
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: {
        type: "object",
        required: ["size"],
        properties: {
          size: { type: "integer", minimum: 1, default: 3 },
          colour: { type: "string", enum: ["red", "blue"], description: "What it looks like." },
          parts: {
            type: "array",
            items: { type: "object", properties: { name: { type: "string" } } },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
          },
        },
      },
    },
  },
  subresources: [
    {
      name: "status",
      group: "shop.example.com",
      version: "v1alpha1",
      kind: "Widget",
      verbs: ["get", "patch", "update"],
    },
  ],
});

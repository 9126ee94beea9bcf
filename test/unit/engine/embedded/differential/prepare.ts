import type { KubeClient } from "../../../../../src/k8s/client.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { poll } from "../../../../../src/lib/poll.ts";
import type { Case } from "./case.ts";

export const namespaceOf = ({ id }: Case): string => `case-${id}`;

/** A custom kind that the cases share: lists of every type, defaults, rules, status and scale. */
export const GADGET: AnyObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gadgets.differential.choreo.dev" },
  spec: {
    group: "differential.choreo.dev",
    scope: "Namespaced",
    names: { kind: "Gadget", plural: "gadgets", singular: "gadget", shortNames: ["gd"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: ".spec.replicas",
            statusReplicasPath: ".status.replicas",
            labelSelectorPath: ".status.selector",
          },
        },
        additionalPrinterColumns: [
          { name: "Size", type: "string", jsonPath: ".spec.size" },
          { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                required: ["size"],
                "x-kubernetes-validations": [
                  { rule: "!has(self.limit) || self.replicas <= self.limit", message: "replicas may not exceed limit" },
                ],
                properties: {
                  size: { type: "string", enum: ["small", "large"] },
                  replicas: { type: "integer", minimum: 0, default: 1 },
                  limit: { type: "integer" },
                  port: { "x-kubernetes-int-or-string": true },
                  tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set", maxItems: 4 },
                  parts: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: {
                        name: { type: "string", pattern: "^[a-z]+$" },
                        count: { type: "integer", default: 1 },
                      },
                    },
                  },
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  fixed: {
                    type: "string",
                    maxLength: 8,
                    "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed cannot be changed" }],
                  },
                  nothing: { type: "string", nullable: true },
                },
              },
              status: {
                type: "object",
                properties: { replicas: { type: "integer" }, selector: { type: "string" }, note: { type: "string" } },
              },
            },
          },
        },
      },
    ],
  },
};

/** What every case may count on, besides its namespace. */
export const prepare = async (client: KubeClient): Promise<void> => {
  await client.apply(GADGET);
  await poll<void>(
    async () =>
      (await client.hasKind({ apiVersion: "differential.choreo.dev/v1", kind: "Gadget" }))
        ? { done: true, value: undefined }
        : { done: false, missing: "gadgets are not served yet" },
    { what: "the custom kind", timeoutMs: 20_000, intervalMs: 20 },
  );
};

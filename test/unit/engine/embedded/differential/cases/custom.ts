import { type Case, type Step, get, jsonPatch, mergePatch, post, put, remove, strategicMerge } from "../case.ts";

const one = (id: string, ...steps: Step[]): Case => ({ id: `custom-${id}`, steps });
const path = "/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets";
const gadget = (spec: object, more: object = {}): object => ({
  apiVersion: "differential.choreo.dev/v1",
  kind: "Gadget",
  metadata: { name: "g" },
  spec,
  ...more,
});
const made = post(path, gadget({ size: "small" }), { keep: { rv: "metadata.resourceVersion" } });
const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const definition = (spec: object, name = "things.{ns}.dev"): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name },
  spec: {
    group: "{ns}.dev",
    scope: "Namespaced",
    names: { plural: "things", kind: "Thing" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    ...spec,
  },
});
const schema = (openAPIV3Schema: object): object => ({
  versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
});

/** Custom resources, and the definitions that are refused. */
export const customCases: readonly Case[] = [
  one("create", made, get(`${path}/g`)),
  one("defaults", post(path, gadget({ size: "small", parts: [{ name: "a" }] }))),
  one("prunes", post(path, gadget({ size: "small", nix: 1, free: { keep: { me: 1 } } }))),
  one("prunes-strict", post(`${path}?fieldValidation=Strict`, gadget({ size: "small", nix: 1 }))),
  one(
    "prunes-warn",
    post(`${path}?fieldValidation=Warn`, gadget({ size: "small", nix: 1, parts: [{ name: "a", nox: 2 }] })),
  ),
  one("required", post(path, gadget({}))),
  one("no-spec", post(path, { apiVersion: "differential.choreo.dev/v1", kind: "Gadget", metadata: { name: "g" } })),
  one("enum", post(path, gadget({ size: "huge" }))),
  one("type", post(path, gadget({ size: "small", replicas: "two" }))),
  one("minimum", post(path, gadget({ size: "small", replicas: -1 }))),
  one("pattern", post(path, gadget({ size: "small", parts: [{ name: "A1" }] }))),
  one("too-long", post(path, gadget({ size: "small", fixed: "too long indeed" }))),
  one("too-many", post(path, gadget({ size: "small", tags: ["a", "b", "c", "d", "e"] }))),
  one("set-duplicate", post(path, gadget({ size: "small", tags: ["a", "a"] }))),
  one("map-duplicate", post(path, gadget({ size: "small", parts: [{ name: "a" }, { name: "a" }] }))),
  one(
    "int-or-string",
    post(path, gadget({ size: "small", port: "http" })),
    mergePatch(`${path}/g`, { spec: { port: 80 } }),
    mergePatch(`${path}/g`, { spec: { port: 1.5 } }),
  ),
  one("null", post(path, gadget({ size: "small", nothing: null, fixed: null }))),
  one("several-problems", post(path, gadget({ size: "huge", replicas: -1, tags: ["a", "a"] }))),
  one("rule", post(path, gadget({ size: "small", replicas: 5, limit: 2 }))),
  one(
    "rule-transition",
    post(path, gadget({ size: "small", fixed: "a" })),
    mergePatch(`${path}/g`, { spec: { fixed: "b" } }),
  ),
  one(
    "generation",
    made,
    mergePatch(`${path}/g`, { metadata: { labels: { a: "b" } } }),
    mergePatch(`${path}/g`, { spec: { replicas: 2 } }),
    mergePatch(`${path}/g/status`, { status: { note: "x" } }),
  ),
  one("status-dropped", post(path, gadget({ size: "small" }, { status: { note: "x" } }))),
  one("status-only", made, mergePatch(`${path}/g/status`, { spec: { size: "large" }, status: { note: "x", nix: 1 } })),
  one("status-invalid", made, mergePatch(`${path}/g/status`, { status: { note: 5 } })),
  one(
    "scale",
    made,
    mergePatch(`${path}/g/status`, { status: { replicas: 1, selector: "a=b" } }),
    get(`${path}/g/scale`),
    mergePatch(`${path}/g/scale`, { spec: { replicas: 3 } }),
  ),
  one("put-without-version", made, put(`${path}/g`, gadget({ size: "large" }))),
  one(
    "put-with-version",
    made,
    put(`${path}/g`, gadget({ size: "large" }, { metadata: { name: "g", resourceVersion: "{rv}" } })),
  ),
  one("strategic-merge", made, strategicMerge(`${path}/g`, { spec: { replicas: 2 } })),
  one("json-patch", made, jsonPatch(`${path}/g`, [{ op: "replace", path: "/spec/replicas", value: 2 }])),
  one("delete", made, remove(`${path}/g`), get(`${path}/g`)),
  one(
    "list",
    made,
    get(path),
    get(`${path}?fieldSelector=metadata.name%3Dg`),
    get(`${path}?fieldSelector=spec.size%3Dsmall`),
  ),
  one("unknown-resource", get("/apis/differential.choreo.dev/v1/namespaces/{ns}/widgets")),
  one("unknown-version", get("/apis/differential.choreo.dev/v9/namespaces/{ns}/gadgets")),
  one("definition", post(crds, definition({}))),
  one("definition-name", post(crds, definition({}, "other.{ns}.dev"))),
  one("definition-no-schema", post(crds, definition({ versions: [{ name: "v1", served: true, storage: true }] }))),
  one(
    "definition-two-storage",
    post(
      crds,
      definition({
        versions: ["v1", "v2"].map((name) => ({
          name,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object" } },
        })),
      }),
    ),
  ),
  one(
    "definition-no-storage",
    post(
      crds,
      definition({
        versions: [{ name: "v1", served: true, storage: false, schema: { openAPIV3Schema: { type: "object" } } }],
      }),
    ),
  ),
  one("definition-not-structural", post(crds, definition(schema({ type: "object", properties: { a: {} } })))),
  one(
    "definition-default-wrong",
    post(crds, definition(schema({ type: "object", properties: { a: { type: "string", default: 5 } } }))),
  ),
  one(
    "definition-rule-wrong",
    post(
      crds,
      definition(
        schema({
          type: "object",
          properties: { a: { type: "string", "x-kubernetes-validations": [{ rule: "self +" }] } },
        }),
      ),
    ),
  ),
  one(
    "definition-list-map-no-keys",
    post(
      crds,
      definition(
        schema({
          type: "object",
          properties: { a: { type: "array", "x-kubernetes-list-type": "map", items: { type: "object" } } },
        }),
      ),
    ),
  ),
  one("definition-scope", post(crds, definition({ scope: "Galaxy" }))),
];

import { type Case, configMap, configMaps, get, mergePatch, post, put } from "../case.ts";

const one = (id: string, ...steps: Case["steps"]): Case => ({
  id: `update-${id}`,
  steps: [
    post(configMaps, configMap("a", { k: "v" }), { keep: { rv: "metadata.resourceVersion", uid: "metadata.uid" } }),
    ...steps,
  ],
});
const path = `${configMaps}/a`;

/** PUT: what stays, what conflicts, what is no change. */
export const updateCases: readonly Case[] = [
  one("simple", put(path, configMap("a", { k: "w" })), get(path)),
  one("with-version", put(path, configMap("a", { k: "w" }, { resourceVersion: "{rv}" }))),
  one(
    "old-version",
    put(path, configMap("a", { k: "w" })),
    put(path, configMap("a", { k: "x" }, { resourceVersion: "{rv}" })),
  ),
  one("no-change", put(path, configMap("a", { k: "v" })), get(path)),
  one("uid", put(path, configMap("a", { k: "w" }, { uid: "{uid}" }))),
  one("other-uid", put(path, configMap("a", { k: "w" }, { uid: "11111111-1111-4111-8111-111111111111" }))),
  one("other-name", put(path, configMap("b"))),
  one("no-name", put(path, { apiVersion: "v1", kind: "ConfigMap" })),
  one("missing", put(`${configMaps}/b`, configMap("b"))),
  one("other-namespace", put(path, configMap("a", {}, { namespace: "default" }))),
  one(
    "server-fields",
    put(path, configMap("a", { k: "w" }, { creationTimestamp: "2020-01-01T00:00:00Z", generation: 5, selfLink: "/x" })),
  ),
  one("dry-run", put(`${path}?dryRun=All`, configMap("a", { k: "w" })), get(path)),
  one("dry-run-no-change", put(`${path}?dryRun=All`, configMap("a", { k: "v" }))),
  one("manager", put(`${path}?fieldManager=me`, configMap("a", { k: "w", l: "1" }))),
  one(
    "two-managers",
    put(`${path}?fieldManager=me`, configMap("a", { k: "v", l: "1" })),
    put(`${path}?fieldManager=you`, configMap("a", { k: "x", l: "1" })),
  ),
  one("managed-fields-reset", put(path, configMap("a", { k: "v" }, { managedFields: [{}] }))),
  one("managed-fields-empty", put(path, configMap("a", { k: "w" }, { managedFields: [] }))),
  one("strict", put(`${path}?fieldValidation=Strict`, { ...configMap("a", { k: "w" }), nix: 1 })),
  one("invalid", put(path, configMap("a", { "b c": "w" }))),
  one(
    "immutable",
    put(path, { ...configMap("a", { k: "v" }), immutable: true }),
    put(path, { ...configMap("a", { k: "w" }), immutable: true }),
    put(path, configMap("a", { k: "v" })),
    mergePatch(path, { data: { z: "1" } }),
  ),
  one(
    "remove-labels",
    put(path, configMap("a", { k: "v" }, { labels: { a: "1" } })),
    put(path, configMap("a", { k: "v" })),
  ),
  one(
    "finalizer",
    put(path, configMap("a", { k: "v" }, { finalizers: ["choreo.dev/x"] })),
    put(path, configMap("a", { k: "v" })),
  ),
  one("version-garbage", put(path, configMap("a", { k: "v" }, { resourceVersion: "abc" }))),
  one("version-zero", put(path, configMap("a", { k: "w" }, { resourceVersion: "0" }))),
];

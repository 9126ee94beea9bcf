import { type Case, configMap, configMaps, get, post } from "../case.ts";

const one = (id: string, ...steps: Case["steps"]): Case => ({ id: `create-${id}`, steps });
const twice = (id: string, body: unknown, query = ""): Case =>
  one(id, post(`${configMaps}${query}`, body), get(`${configMaps}/a`));

/** POST of objects: what is completed, what is refused. */
export const createCases: readonly Case[] = [
  twice("simple", configMap("a", { k: "v" })),
  twice("labels", configMap("a", {}, { labels: { a: "b" }, annotations: { "x.y/z": "1" } })),
  twice("empty-maps", configMap("a", {}, { labels: {}, annotations: {}, finalizers: [], ownerReferences: [] })),
  twice(
    "server-fields",
    configMap(
      "a",
      {},
      { uid: "11111111-1111-4111-8111-111111111111", creationTimestamp: "2020-01-01T00:00:00Z", generation: 7 },
    ),
  ),
  twice(
    "deletion-fields",
    configMap("a", {}, { deletionTimestamp: "2020-01-01T00:00:00Z", deletionGracePeriodSeconds: 5 }),
  ),
  one("twice", post(configMaps, configMap("a")), post(configMaps, configMap("a"))),
  one("generate-name", post(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "gen-" } })),
  one("generate-name-and-name", post(configMaps, configMap("a", {}, { generateName: "gen-" }))),
  one("no-name", post(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: {} })),
  one("no-metadata", post(configMaps, { apiVersion: "v1", kind: "ConfigMap" })),
  one("resource-version", post(configMaps, configMap("a", {}, { resourceVersion: "5" }))),
  one("dry-run", post(`${configMaps}?dryRun=All`, configMap("a", { k: "v" })), get(`${configMaps}/a`)),
  one("dry-run-wrong", post(`${configMaps}?dryRun=Some`, configMap("a"))),
  one("dry-run-exists", post(configMaps, configMap("a")), post(`${configMaps}?dryRun=All`, configMap("a"))),
  one("manager", post(`${configMaps}?fieldManager=me`, configMap("a", { k: "v" }))),
  one("manager-too-long", post(`${configMaps}?fieldManager=${"m".repeat(129)}`, configMap("a"))),
  one("strict-unknown", post(`${configMaps}?fieldValidation=Strict`, { ...configMap("a"), datax: 1 })),
  one(
    "strict-duplicate",
    post(
      `${configMaps}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","k":"2"}}',
    ),
  ),
  one(
    "strict-both",
    post(
      `${configMaps}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","nix":1},"data":{"k":"1","k":"2"},"zz":1}',
    ),
  ),
  one("warn-unknown", post(`${configMaps}?fieldValidation=Warn`, { ...configMap("a"), datax: 1 })),
  one("ignore-unknown", post(`${configMaps}?fieldValidation=Ignore`, { ...configMap("a"), datax: 1 })),
  one("validation-wrong", post(`${configMaps}?fieldValidation=Maybe`, configMap("a"))),
  one("other-namespace", post(configMaps, configMap("a", {}, { namespace: "default" }))),
  one("missing-namespace", post("/api/v1/namespaces/no-{ns}/configmaps", configMap("a"))),
  one("other-kind", post(configMaps, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } })),
  one("other-version", post(configMaps, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } })),
  one("no-kind", post(configMaps, { metadata: { name: "a" } })),
  one("name-upper-case", post(configMaps, configMap("A"))),
  one("name-slash", post(configMaps, configMap("a/b"))),
  one("name-too-long", post(configMaps, configMap("a".repeat(254)))),
  one("label-value-wrong", post(configMaps, configMap("a", {}, { labels: { a: "b c" } }))),
  one("label-key-wrong", post(configMaps, configMap("a", {}, { labels: { "a b": "c" } }))),
  one("annotation-key-wrong", post(configMaps, configMap("a", {}, { annotations: { "a b": "c" } }))),
  one("finalizer-wrong", post(configMaps, configMap("a", {}, { finalizers: ["nope"] }))),
  one(
    "owner-without-uid",
    post(
      configMaps,
      configMap("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "b", uid: "" }] }),
    ),
  ),
  one("data-key-wrong", post(configMaps, configMap("a", { "a b": "c" }))),
  one("data-twice", post(configMaps, { ...configMap("a", { k: "1" }), binaryData: { k: "AA==" } })),
  one("binary", post(configMaps, { ...configMap("a"), binaryData: { k: "AAEC" } })),
  one(
    "yaml",
    post(configMaps, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 'yes'}\n", {
      type: "application/yaml",
    }),
  ),
  one("yaml-wrong", post(configMaps, "a: [", { type: "application/yaml" })),
  one("to-object-path", post(`${configMaps}/a`, configMap("a"))),
];

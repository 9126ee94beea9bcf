import { type Case, type Step, configMap, configMaps, get, mergePatch, post, put, remove } from "../case.ts";

const path = `${configMaps}/a`;
const one = (id: string, ...steps: Step[]): Case => ({
  id: `delete-${id}`,
  steps: [
    post(configMaps, configMap("a", { k: "v" }), { keep: { rv: "metadata.resourceVersion", uid: "metadata.uid" } }),
    ...steps,
  ],
});
const held = (id: string, ...steps: Step[]): Case => ({
  id: `delete-${id}`,
  steps: [post(configMaps, configMap("a", {}, { finalizers: ["choreo.dev/hold"] })), ...steps],
});
const options = (more: object): object => ({ kind: "DeleteOptions", apiVersion: "v1", ...more });
const secrets = "/api/v1/namespaces/{ns}/secrets";

/** DELETE: at once, held by finalizers, with preconditions, of collections. */
export const deleteCases: readonly Case[] = [
  one("simple", remove(path), get(path)),
  one("missing", remove(`${configMaps}/b`)),
  one("twice", remove(path), remove(path)),
  one("uid", remove(path, options({ preconditions: { uid: "{uid}" } }))),
  one(
    "other-uid",
    remove(path, options({ preconditions: { uid: "11111111-1111-4111-8111-111111111111" } })),
    get(path),
  ),
  one("version", remove(path, options({ preconditions: { resourceVersion: "{rv}" } }))),
  one(
    "old-version",
    put(path, configMap("a", { k: "w" })),
    remove(path, options({ preconditions: { resourceVersion: "{rv}" } })),
  ),
  one("dry-run", remove(`${path}?dryRun=All`), get(path)),
  one("dry-run-body", remove(path, options({ dryRun: ["All"] })), get(path)),
  one("background", remove(path, options({ propagationPolicy: "Background" }))),
  one("foreground", remove(path, options({ propagationPolicy: "Foreground" })), get(path)),
  one("orphan", remove(path, options({ propagationPolicy: "Orphan" })), get(path)),
  one("propagation-query", remove(`${path}?propagationPolicy=Foreground`), get(path)),
  one("propagation-wrong", remove(path, options({ propagationPolicy: "Sideways" }))),
  one("grace", remove(path, options({ gracePeriodSeconds: 30 }))),
  one("no-json", remove(path, "{")),
  one(
    "collection",
    post(configMaps, configMap("b", {}, { labels: { x: "1" } })),
    remove(`${configMaps}?labelSelector=x%3D1`),
    get(`${configMaps}?labelSelector=x`),
    get(path),
  ),
  held("held", remove(path), get(path), remove(path)),
  held("held-released", remove(path), mergePatch(path, { metadata: { finalizers: null } }), get(path)),
  held(
    "held-new-finalizer",
    remove(path),
    mergePatch(path, { metadata: { finalizers: ["choreo.dev/hold", "choreo.dev/other"] } }),
  ),
  held("held-update", remove(path), put(path, configMap("a", { k: "x" }, { finalizers: ["choreo.dev/hold"] }))),
  held("held-dry-run", remove(`${path}?dryRun=All`), get(path)),
  held("held-foreground", remove(path, options({ propagationPolicy: "Foreground" }))),
  {
    id: "delete-secret",
    steps: [post(secrets, { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }), remove(`${secrets}/s`)],
  },
  {
    id: "delete-service-account",
    steps: [
      post("/api/v1/namespaces/{ns}/serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "s" },
      }),
      remove("/api/v1/namespaces/{ns}/serviceaccounts/s"),
    ],
  },
  { id: "delete-default-namespace", steps: [remove("/api/v1/namespaces/default")] },
  {
    id: "delete-namespace",
    steps: [
      post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "{ns}-x" } }),
      remove("/api/v1/namespaces/{ns}-x"),
      post("/api/v1/namespaces/{ns}-x/configmaps", configMap("a")),
      remove("/api/v1/namespaces/{ns}-x"),
    ],
  },
];

import {
  type Case,
  type RequestStep,
  configMap,
  configMaps,
  get,
  jsonPatch,
  mergePatch,
  post,
  strategicMerge,
} from "../case.ts";

const path = `${configMaps}/a`;
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";

export const deployment = (
  name: string,
  containers: readonly object[] = [{ name: "c", image: "i:1" }],
  spec: object = {},
): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers } },
    ...spec,
  },
});

const onMap = (id: string, ...steps: RequestStep[]): Case => ({
  id: `patch-${id}`,
  steps: [post(configMaps, configMap("a", { k: "v", l: "w" }), { keep: { rv: "metadata.resourceVersion" } }), ...steps],
});
const onDeployment = (id: string, ...steps: RequestStep[]): Case => ({
  id: `patch-${id}`,
  steps: [
    post(
      deployments,
      deployment("d", [
        {
          name: "c",
          image: "i:1",
          env: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
          ports: [{ containerPort: 80 }],
          args: ["x", "y"],
        },
        { name: "s", image: "s:1" },
      ]),
    ),
    ...steps,
  ],
});
const containers = (list: readonly object[]): object => ({ spec: { template: { spec: { containers: list } } } });

/** PATCH in the three forms that are no apply. */
export const patchCases: readonly Case[] = [
  onMap("merge-set", mergePatch(path, { data: { k: "x", m: "y" } })),
  onMap("merge-null", mergePatch(path, { data: { k: null } })),
  onMap("merge-all-data", mergePatch(path, { data: null })),
  onMap("merge-nothing", mergePatch(path, {}), get(path)),
  onMap("merge-same", mergePatch(path, { data: { k: "v" } })),
  onMap("merge-name", mergePatch(path, { metadata: { name: "b" } })),
  onMap("merge-namespace", mergePatch(path, { metadata: { namespace: "default" } })),
  onMap("merge-version", mergePatch(path, { metadata: { resourceVersion: "{rv}" }, data: { k: "x" } })),
  onMap(
    "merge-old-version",
    mergePatch(path, { data: { k: "x" } }),
    mergePatch(path, { metadata: { resourceVersion: "{rv}" }, data: { k: "y" } }),
  ),
  onMap("merge-uid", mergePatch(path, { metadata: { uid: "11111111-1111-4111-8111-111111111111" } })),
  onMap("merge-kind", mergePatch(path, { kind: "Secret" })),
  onMap(
    "merge-labels",
    mergePatch(path, { metadata: { labels: { a: "b" } } }),
    mergePatch(path, { metadata: { labels: { a: null } } }),
  ),
  onMap("merge-missing", mergePatch(`${configMaps}/b`, { data: {} })),
  onMap("merge-dry-run", mergePatch(`${path}?dryRun=All`, { data: { k: "x" } }), get(path)),
  onMap("merge-strict", mergePatch(`${path}?fieldValidation=Strict`, { nix: 1 })),
  onMap("merge-warn", mergePatch(`${path}?fieldValidation=Warn`, { nix: 1 })),
  onMap("merge-invalid", mergePatch(path, { data: { "a b": "c" } })),
  onMap("merge-wrong-type", mergePatch(path, { data: { k: 5 } })),
  onMap("merge-manager", mergePatch(`${path}?fieldManager=me`, { data: { z: "1" } })),
  onMap("merge-force", mergePatch(`${path}?force=true`, { data: { z: "1" } })),
  onMap("merge-array", mergePatch(path, [])),
  onMap("merge-no-json", mergePatch(path, "{")),
  onMap("json-add", jsonPatch(path, [{ op: "add", path: "/data/z", value: "1" }])),
  onMap("json-remove", jsonPatch(path, [{ op: "remove", path: "/data/k" }])),
  onMap("json-remove-missing", jsonPatch(path, [{ op: "remove", path: "/data/nix" }])),
  onMap("json-replace", jsonPatch(path, [{ op: "replace", path: "/data/k", value: "z" }])),
  onMap("json-move", jsonPatch(path, [{ op: "move", from: "/data/k", path: "/data/z" }])),
  onMap("json-copy", jsonPatch(path, [{ op: "copy", from: "/data/k", path: "/data/z" }])),
  onMap(
    "json-test",
    jsonPatch(path, [
      { op: "test", path: "/data/k", value: "v" },
      { op: "add", path: "/data/z", value: "1" },
    ]),
  ),
  onMap("json-test-fails", jsonPatch(path, [{ op: "test", path: "/data/k", value: "nix" }])),
  onMap("json-object", jsonPatch(path, {})),
  onMap("json-unknown-op", jsonPatch(path, [{ op: "frob", path: "/data/k" }])),
  onMap(
    "json-escaped",
    jsonPatch(path, [
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/x.y~1z", value: "1" },
    ]),
  ),
  onMap("json-empty", jsonPatch(path, [])),
  onMap("wrong-type", { method: "PATCH", path, body: {}, type: "application/json" }),
  onMap("collection", mergePatch(configMaps, {})),
  onMap("strategic-set", strategicMerge(path, { data: { k: "x" } })),
  onMap("strategic-null", strategicMerge(path, { data: { k: null } })),
  onMap("strategic-replace-map", strategicMerge(path, { data: { $patch: "replace", z: "1" } })),
  onMap("strategic-delete-map", strategicMerge(path, { data: { $patch: "delete" } })),
  onMap("strategic-wrong-directive", strategicMerge(path, { data: { $patch: "frob" } })),
  onMap(
    "strategic-owners",
    strategicMerge(path, { metadata: { finalizers: ["x.y/a", "x.y/b"] } }),
    strategicMerge(path, { metadata: { "$deleteFromPrimitiveList/finalizers": ["x.y/a"] } }),
  ),
  onDeployment("strategic-container", strategicMerge(`${deployments}/d`, containers([{ name: "c", image: "i:2" }]))),
  onDeployment(
    "strategic-add-container",
    strategicMerge(`${deployments}/d`, containers([{ name: "new", image: "n:1" }])),
  ),
  onDeployment(
    "strategic-delete-container",
    strategicMerge(`${deployments}/d`, containers([{ name: "s", $patch: "delete" }])),
  ),
  onDeployment(
    "strategic-env",
    strategicMerge(
      `${deployments}/d`,
      containers([
        {
          name: "c",
          env: [
            { name: "B", value: "3" },
            { name: "C", value: "4" },
          ],
        },
      ]),
    ),
  ),
  onDeployment("strategic-args", strategicMerge(`${deployments}/d`, containers([{ name: "c", args: ["z"] }]))),
  onDeployment(
    "strategic-order",
    strategicMerge(`${deployments}/d`, {
      spec: {
        template: {
          spec: {
            "$setElementOrder/containers": [{ name: "s" }, { name: "c" }],
            containers: [{ name: "s", image: "s:2" }],
          },
        },
      },
    }),
  ),
  onDeployment(
    "strategic-replace-list",
    strategicMerge(`${deployments}/d`, containers([{ $patch: "replace" }, { name: "only", image: "o:1" }])),
  ),
  onDeployment(
    "strategic-strategy",
    strategicMerge(`${deployments}/d`, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
  ),
  onDeployment("strategic-no-merge-key", strategicMerge(`${deployments}/d`, containers([{ image: "x:1" }]))),
  onDeployment(
    "selector-immutable",
    mergePatch(`${deployments}/d`, { spec: { selector: { matchLabels: { app: "e" } } } }),
  ),
  onDeployment(
    "generation",
    mergePatch(`${deployments}/d`, { spec: { replicas: 3 } }),
    mergePatch(`${deployments}/d`, { metadata: { labels: { a: "b" } } }),
  ),
];

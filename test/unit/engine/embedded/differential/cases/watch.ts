import {
  type Case,
  type Step,
  configMap,
  configMaps,
  events,
  get,
  mergePatch,
  open,
  post,
  put,
  remove,
} from "../case.ts";

const one = (id: string, ...steps: Step[]): Case => ({ id: `watch-${id}`, steps });
const watching = (query: string): string => `${configMaps}?watch=1&timeoutSeconds=20&labelSelector=w&${query}`;
const labelled = (
  name: string,
  data: Readonly<Record<string, string>> = {},
  labels: Readonly<Record<string, string>> = { w: "1" },
): object => configMap(name, data, { labels });
const first = post(configMaps, labelled("a"), { keep: { rv: "metadata.resourceVersion" } });

/** Watches: from the start, from a version, with selectors, until their end. */
export const watchCases: readonly Case[] = [
  one(
    "from-version",
    first,
    open("w", watching("resourceVersion={rv}")),
    post(configMaps, labelled("b")),
    put(`${configMaps}/b`, labelled("b", { k: "1" })),
    remove(`${configMaps}/b`),
    events("w", 3),
  ),
  one(
    "replay",
    first,
    post(configMaps, labelled("b")),
    remove(`${configMaps}/b`),
    open("w", watching("resourceVersion={rv}")),
    events("w", 2),
  ),
  one("no-version", first, open("w", watching("")), post(configMaps, labelled("b")), events("w", 2)),
  one("version-zero", first, open("w", watching("resourceVersion=0")), post(configMaps, labelled("b")), events("w", 2)),
  one(
    "initial-events",
    first,
    post(configMaps, labelled("b")),
    open("w", watching("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")),
    events("w", 3),
  ),
  one("initial-events-without-match", open("w", watching("sendInitialEvents=true"))),
  one("match-without-initial-events", open("w", watching("resourceVersionMatch=NotOlderThan"))),
  one(
    "selected-in-and-out",
    first,
    post(configMaps, configMap("b")),
    open("w", watching("resourceVersion={rv}")),
    mergePatch(`${configMaps}/b`, { metadata: { labels: { w: "1" } } }),
    mergePatch(`${configMaps}/b`, { data: { k: "1" } }),
    mergePatch(`${configMaps}/b`, { metadata: { labels: { w: null } } }),
    events("w", 3),
  ),
  one(
    "no-op-sends-nothing",
    first,
    open("w", watching("resourceVersion={rv}")),
    put(`${configMaps}/a`, labelled("a")),
    put(`${configMaps}/a`, labelled("a", { k: "1" })),
    events("w", 1),
  ),
  one(
    "finalizer",
    post(configMaps, configMap("a", {}, { labels: { w: "1" }, finalizers: ["choreo.dev/x"] }), {
      keep: { rv: "metadata.resourceVersion" },
    }),
    open("w", watching("resourceVersion={rv}")),
    remove(`${configMaps}/a`),
    mergePatch(`${configMaps}/a`, { metadata: { finalizers: null } }),
    events("w", 2),
  ),
  one(
    "one-object",
    first,
    open("w", `${configMaps}?watch=1&timeoutSeconds=20&fieldSelector=metadata.name%3Da&resourceVersion={rv}`),
    post(configMaps, labelled("b")),
    put(`${configMaps}/a`, labelled("a", { k: "1" })),
    events("w", 1),
  ),
  one(
    "old-path",
    first,
    open("w", "/api/v1/watch/namespaces/{ns}/configmaps?timeoutSeconds=20&labelSelector=w&resourceVersion={rv}"),
    post(configMaps, labelled("b")),
    events("w", 1),
  ),
  one(
    "ends",
    open("w", `${configMaps}?watch=1&timeoutSeconds=1&resourceVersion=0&labelSelector=none`),
    events("w", "end"),
  ),
  one(
    "metadata-only",
    first,
    open("w", watching("resourceVersion={rv}"), "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"),
    put(`${configMaps}/a`, labelled("a", { k: "1" })),
    events("w", 1),
  ),
  one(
    "table",
    first,
    open("w", watching("resourceVersion={rv}"), "application/json;as=Table;v=v1;g=meta.k8s.io"),
    post(configMaps, labelled("b", { k: "1" })),
    put(`${configMaps}/a`, labelled("a", { k: "1" })),
    events("w", 2),
  ),
  one("version-garbage", open("w", watching("resourceVersion=abc"))),
  one("selector-wrong", open("w", `${configMaps}?watch=1&labelSelector=%3D%3D`)),
  one(
    "custom",
    post(
      "/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets",
      { apiVersion: "differential.choreo.dev/v1", kind: "Gadget", metadata: { name: "g" }, spec: { size: "small" } },
      { keep: { rv: "metadata.resourceVersion" } },
    ),
    open(
      "w",
      "/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets?watch=1&timeoutSeconds=20&resourceVersion={rv}",
    ),
    mergePatch("/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets/g", { spec: { replicas: 2 } }),
    events("w", 1),
  ),
  one("post-is-create", get(`${configMaps}/zz?watch=1&timeoutSeconds=1`)),
];

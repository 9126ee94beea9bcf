import type { CallOptions, KubeClient } from "../k8s/client.ts";
import type { AnyObject, TypeRef } from "../k8s/types.ts";
import { showable } from "../resources/redact-object.ts";
import { bytesOf, fairShares, newestItems } from "./bounds.ts";
import type { ClusterLook, Listed } from "./cluster-look.ts";
import type { Hide, Source } from "./part.ts";

const LARGEST_LOG = 512 * 1024;
const LONGEST_LOG_LINES = 5000;

/** Events and objects of a cluster, and the logs of its pods where its API server answers, together at most `limit` bytes. */
export const clusterSources = (
  { name, lists, client }: ClusterLook,
  { hide, limit, call }: { readonly hide: Hide; readonly limit: number; readonly call: () => CallOptions },
): Source[] => {
  const folder = `clusters/${name}`;
  const events = lists.filter(({ kind }) => kind.kind === "Event");
  const pods = lists.find(({ kind }) => kind.kind === "Pod" && kind.apiVersion === "v1")?.items ?? [];
  return [
    ...events.map((list) => listSource(`${folder}/events.json`, list, limit / 8)),
    ...objectSources(
      lists.filter((list) => !events.includes(list)),
      { folder, limit: (limit * 3) / 8, hide },
    ),
    ...(client === undefined ? [] : logSources(client, pods, { folder, limit: limit / 2, call })),
  ];
};

const objectSources = (
  lists: readonly Listed[],
  { folder, limit, hide }: { readonly folder: string; readonly limit: number; readonly hide: Hide },
): Source[] => {
  const there = lists.filter(({ items, problem }) => items.length > 0 || problem !== undefined);
  const needs = there.map(({ items }) => bytesOfList(shownOf(items, hide)));
  const shares = fairShares(needs, limit);
  return there.map((list, index) => listSource(`${folder}/objects/${fileOf(list.kind)}`, list, shares[index] ?? 0));
};

const listSource = (path: string, { items, problem }: Listed, limit: number): Source => ({
  path,
  limit,
  read: async (hide, bytes) => {
    if (problem !== undefined) throw problem;
    return listText(items, bytes, hide);
  },
});

/** `Deployment.apps.json`: kinds of one name are told apart by their group. */
const fileOf = ({ apiVersion, kind }: TypeRef): string => {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? `${kind}.json` : `${kind}.${group}.json`;
};

const FRAME_BYTES = 200;

/** What a list of all these takes at the most, counted as `listText` counts. */
const bytesOfList = (shown: readonly AnyObject[]): number =>
  shown.reduce((sum, object) => sum + bytesOf(textOf(object)), FRAME_BYTES);

const shownOf = (objects: readonly AnyObject[], hide: Hide): AnyObject[] =>
  objects.map((object) => hide.value(showable(object)) as AnyObject);

/** As it stands in the list, which indents every line by two more. */
const textOf = (object: AnyObject): string => JSON.stringify([[object]], undefined, 1);

/** A List, as kubectl prints it, of the newest objects that fit. */
const listText = (objects: readonly AnyObject[], limit: number, hide: Hide): string => {
  const { items, leftOut } = newestItems(shownOf(objects, hide), limit - FRAME_BYTES, { timeOf, textOf });
  return `${JSON.stringify({ apiVersion: "v1", kind: "List", leftOut, items }, undefined, 1)}\n`;
};

const timeOf = (object: AnyObject): string => {
  const { lastTimestamp, eventTime } = object as { lastTimestamp?: string | null; eventTime?: string | null };
  return lastTimestamp ?? eventTime ?? object.metadata.creationTimestamp ?? "";
};

const logSources = (
  client: KubeClient,
  pods: readonly AnyObject[],
  { folder, limit, call }: { readonly folder: string; readonly limit: number; readonly call: () => CallOptions },
): Source[] => {
  const runs = pods.flatMap(runsOf);
  const each = Math.min(LARGEST_LOG, Math.floor(limit / Math.max(1, runs.length)));
  return runs.map(({ namespace, pod, container, previous }) => ({
    path: `${folder}/logs/${namespace}/${pod}/${container}${previous ? ".previous" : ""}.log`,
    limit: each,
    read: async () => {
      let text = "";
      const options = { container, previous, tailLines: LONGEST_LOG_LINES, timestamps: true, ...call() };
      for await (const chunk of client.logs({ namespace, name: pod }, options)) text += chunk;
      return text === "" ? undefined : text;
    },
  }));
};

interface ContainerRun {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly restartCount?: number;
}

/** Containers that have run, and their run before if they were started again. */
const runsOf = (object: AnyObject): ContainerRun[] => {
  const { name: pod, namespace = "" } = object.metadata;
  const { initContainerStatuses = [], containerStatuses = [] } = (object["status"] ?? {}) as {
    initContainerStatuses?: readonly ContainerStatus[];
    containerStatuses?: readonly ContainerStatus[];
  };
  return [...initContainerStatuses, ...containerStatuses]
    .filter(({ containerID = "" }) => containerID !== "")
    .flatMap(({ name: container, restartCount = 0 }) =>
      [false, ...(restartCount > 0 ? [true] : [])].map((previous) => ({ namespace, pod, container, previous })),
    );
};

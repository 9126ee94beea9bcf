import type { KubeClient } from "../../../k8s/client.ts";
import { KubeError } from "../../../k8s/errors.ts";

/** One resource of a server in the version that its group prefers. */
export interface ServerResource {
  readonly group: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface ServerResources {
  readonly resources: readonly ServerResource[];
  /** Group versions that could not be asked: there may be more than is listed. */
  readonly failures: readonly string[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string }[];
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/** Asks the server for all its resources, each once however many versions it has. Subresources are left out. */
export const discoverResources = async (client: KubeClient, signal: AbortSignal): Promise<ServerResources> => {
  const { groups } = await read<GroupList>(client, "/apis", signal);
  const versions = [
    { group: "", apiVersion: "v1" },
    ...groups.flatMap(({ name, versions: all, preferredVersion }) => {
      const first = preferredVersion?.groupVersion ?? "";
      const sorted = all
        .map(({ groupVersion }) => groupVersion)
        .sort((a, b) => Number(b === first) - Number(a === first));
      return sorted.map((apiVersion) => ({ group: name, apiVersion }));
    }),
  ];
  const answers = await Promise.allSettled(
    versions.map(({ apiVersion }) => read<ResourceList>(client, rootOf(apiVersion), signal)),
  );
  signal.throwIfAborted();
  const found = new Map<string, ServerResource>();
  const failures: string[] = [];
  for (const [at, { group, apiVersion }] of versions.entries()) {
    const answer = answers[at];
    if (answer?.status !== "fulfilled") {
      failures.push(apiVersion);
      continue;
    }
    for (const { name: plural, kind, namespaced, verbs } of answer.value.resources) {
      const key = `${group}/${plural}`;
      if (!plural.includes("/") && !found.has(key))
        found.set(key, { group, apiVersion, kind, plural, namespaced, verbs });
    }
  }
  return { resources: [...found.values()], failures };
};

/** Path of a collection; of all namespaces where none is named. */
export const collectionPath = ({ apiVersion, plural, namespaced }: ServerResource, namespace?: string): string =>
  namespaced && namespace !== undefined
    ? `${rootOf(apiVersion)}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${rootOf(apiVersion)}/${plural}`;

/** GET of a path as JSON. */
export const read = async <T>(client: KubeClient, path: string, signal: AbortSignal): Promise<T> => {
  const { status, body } = await client.raw(path, { signal });
  if (status === 200) return JSON.parse(body) as T;
  throw new KubeError(`GET ${path} answered ${status}`, { status, reason: "Unknown" });
};

const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

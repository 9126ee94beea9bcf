import type { CallOptions } from "./client.ts";
import { KubeError, isNotFound } from "./errors.ts";
import type { TypeRef } from "./types.ts";

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

export interface Discovery {
  has(type: TypeRef, options: CallOptions): Promise<boolean>;
  /** Path of the collection; a namespace is ignored for cluster-scoped kinds. Unknown kinds are a 404 `KubeError`. */
  collection(type: TypeRef, namespace: string | undefined, options: CallOptions): Promise<string>;
}

/** Asks the server per group and version what its kinds are called, and remembers what it found; not what it did not find. */
export const createDiscovery = (get: (path: string, options: CallOptions) => Promise<ResourceList>): Discovery => {
  const known = new Map<string, Resource>();
  const running = new Map<string, Promise<void>>();
  const load = (apiVersion: string, options: CallOptions): Promise<void> => {
    const shared = running.get(apiVersion);
    if (shared !== undefined) return shared;
    const asked = ask(get, apiVersion, known, options).finally(() => running.delete(apiVersion));
    running.set(apiVersion, asked);
    return asked;
  };
  const find = async (type: TypeRef, options: CallOptions): Promise<Resource | undefined> => {
    const key = keyOf(type);
    if (!known.has(key)) await load(type.apiVersion, options);
    return known.get(key);
  };
  return {
    has: async (type, options) => (await find(type, options)) !== undefined,
    collection: async (type, namespace, options) => {
      const resource = await find(type, options);
      if (resource === undefined) {
        throw new KubeError(`The server does not know the kind ${type.kind} of ${type.apiVersion}`, {
          status: 404,
          reason: "KindNotFound",
          fix: "apply its CustomResourceDefinition first",
        });
      }
      const scope =
        resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
      return `${rootOf(type.apiVersion)}${scope}/${resource.plural}`;
    },
  };
};

const ask = async (
  get: (path: string, options: CallOptions) => Promise<ResourceList>,
  apiVersion: string,
  known: Map<string, Resource>,
  options: CallOptions,
): Promise<void> => {
  try {
    const { resources } = await get(rootOf(apiVersion), options);
    for (const { name, kind, namespaced } of resources) {
      if (!name.includes("/")) known.set(keyOf({ apiVersion, kind }), { plural: name, namespaced });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

const keyOf = ({ apiVersion, kind }: TypeRef): string => `${apiVersion}/${kind}`;
const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

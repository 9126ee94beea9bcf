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
  /** Path of one object. A namespaced kind without a namespace is a 400 `KubeError`. */
  object(
    ref: TypeRef & { readonly name: string; readonly namespace?: string | undefined },
    options: CallOptions,
  ): Promise<string>;
}

/** Asks the server per group and version what its kinds are called, and remembers what it found; not what it did not find. */
export const createDiscovery = (get: (path: string) => Promise<ResourceList>): Discovery => {
  const known = new Map<string, Resource>();
  const running = new Map<string, Promise<void>>();
  const load = (apiVersion: string): Promise<void> => {
    const shared = running.get(apiVersion);
    if (shared !== undefined) return shared;
    const asked = ask(get, apiVersion, known).finally(() => running.delete(apiVersion));
    running.set(apiVersion, asked);
    return asked;
  };
  const find = async (type: TypeRef, { signal }: CallOptions): Promise<Resource | undefined> => {
    const key = keyOf(type);
    signal?.throwIfAborted();
    // Others may wait for the same answer: a caller that gives up does not end it for them.
    if (!known.has(key)) await unlessAborted(load(type.apiVersion), signal);
    return known.get(key);
  };
  const resourceOf = async (type: TypeRef, options: CallOptions): Promise<Resource> => {
    const resource = await find(type, options);
    if (resource !== undefined) return resource;
    throw new KubeError(`The server does not know the kind ${type.kind} of ${type.apiVersion}`, {
      status: 404,
      reason: "KindNotFound",
      fix: "apply its CustomResourceDefinition first",
    });
  };
  return {
    has: async (type, options) => (await find(type, options)) !== undefined,
    collection: async (type, namespace, options) => pathOf(type, await resourceOf(type, options), namespace),
    object: async (ref, options) => {
      const resource = await resourceOf(ref, options);
      if (resource.namespaced && ref.namespace === undefined) throw withoutNamespace(ref);
      return `${pathOf(ref, resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
    },
  };
};

const ask = async (
  get: (path: string) => Promise<ResourceList>,
  apiVersion: string,
  known: Map<string, Resource>,
): Promise<void> => {
  try {
    const { resources } = await get(rootOf(apiVersion));
    for (const { name, kind, namespaced } of resources) {
      if (!name.includes("/")) known.set(keyOf({ apiVersion, kind }), { plural: name, namespaced });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

const unlessAborted = async (work: Promise<void>, signal: AbortSignal | undefined): Promise<void> => {
  if (signal === undefined) return work;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener("abort", abort);
  }
};

const pathOf = ({ apiVersion }: TypeRef, { plural, namespaced }: Resource, namespace: string | undefined): string => {
  const scope = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${rootOf(apiVersion)}${scope}/${plural}`;
};

const withoutNamespace = ({ kind, name }: { readonly kind: string; readonly name: string }): KubeError =>
  new KubeError(`${kind} ${name} has no namespace`, {
    status: 400,
    reason: "NamespaceRequired",
    why: "its kind lives in namespaces",
    fix: "name one in metadata.namespace",
  });

const keyOf = ({ apiVersion, kind }: TypeRef): string => `${apiVersion}/${kind}`;
const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

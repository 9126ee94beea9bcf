import type { KubeClient } from "../../../src/k8s/client.ts";
import { KubeError } from "../../../src/k8s/errors.ts";
import type { AnyObject, ObjectRef } from "../../../src/k8s/types.ts";

export interface MemoryClient extends KubeClient {
  /** Calls that changed something, in order: "apply ConfigMap a/b". */
  readonly calls: string[];
  readonly objects: Map<string, AnyObject>;
}

export interface MemoryBehaviour {
  /** Runs after each write; a test plays the cluster's controllers here. */
  readonly onWrite?: (object: AnyObject, client: MemoryClient) => void;
  /** Kinds that are only known after a CustomResourceDefinition with that kind was written. */
  readonly needDefinition?: readonly string[];
}

const keyOf = ({ kind, name, namespace }: Pick<ObjectRef, "kind" | "name" | "namespace">): string =>
  `${kind} ${namespace ?? ""}/${name}`;

/** Just enough of an API server in memory for code that gets, lists, applies, creates, patches and deletes. */
export const memoryClient = (initial: readonly AnyObject[] = [], behaviour: MemoryBehaviour = {}): MemoryClient => {
  const objects = new Map(
    initial.map((object) => [keyOf({ kind: object.kind, ...object.metadata }), structuredClone(object)]),
  );
  const calls: string[] = [];
  const known = new Set<string>();
  const write = (verb: string, object: AnyObject): AnyObject => {
    const key = keyOf({ kind: object.kind, ...object.metadata });
    calls.push(`${verb} ${key}`);
    const stored = structuredClone({ ...objects.get(key), ...object });
    objects.set(key, stored);
    if (object.kind === "CustomResourceDefinition")
      known.add((object["spec"] as { names: { kind: string } }).names.kind);
    behaviour.onWrite?.(stored, client);
    return stored;
  };
  const methods: Partial<MemoryClient> = {
    server: "memory",
    calls,
    objects,
    hasKind: ({ kind }) => Promise.resolve(behaviour.needDefinition?.includes(kind) !== true || known.has(kind)),
    get: (ref) => Promise.resolve(structuredClone(objects.get(keyOf(ref))) as never),
    list: ({ kind }, options = {}) => {
      const wanted = (options.labelSelector ?? "")
        .split(",")
        .filter(Boolean)
        .map((pair) => pair.split("="));
      const items = [...objects.values()].filter(
        (object) =>
          object.kind === kind &&
          (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
          wanted.every(([key = "", value]) =>
            value === undefined ? object.metadata.labels?.[key] !== undefined : object.metadata.labels?.[key] === value,
          ),
      );
      return Promise.resolve({ items: structuredClone(items) as never[], resourceVersion: "1" });
    },
    apply: (object) => Promise.resolve(write("apply", object as unknown as AnyObject) as never),
    create: (object) => {
      const key = keyOf({ kind: object.kind, ...object.metadata });
      if (objects.has(key))
        return Promise.reject(new KubeError(`${key} exists`, { status: 409, reason: "AlreadyExists" }));
      return Promise.resolve(write("create", object as unknown as AnyObject) as never);
    },
    mergePatch: (ref, patch) => {
      const key = keyOf(ref);
      const found = objects.get(key);
      if (found === undefined)
        return Promise.reject(new KubeError(`${key} not found`, { status: 404, reason: "NotFound" }));
      calls.push(`patch ${key}`);
      const next = structuredClone({ ...found, ...(patch as Record<string, unknown>), metadata: found.metadata });
      objects.set(key, next);
      behaviour.onWrite?.(next, client);
      return Promise.resolve(next as never);
    },
    delete: (ref) => {
      calls.push(`delete ${keyOf(ref)}`);
      return Promise.resolve(objects.delete(keyOf(ref)));
    },
  };
  const client = methods as MemoryClient;
  return client;
};

import { randomUUID } from "node:crypto";
import { EventEmitter, on } from "node:events";
import { isDeepStrictEqual } from "node:util";
import type { KubeClient, ListOptions, WatchEvent, WatchOptions } from "../../src/k8s/client.ts";
import { KubeError } from "../../src/k8s/errors.ts";
import type { AnyObject, KubeObject, ObjectRef, TypeRef } from "../../src/k8s/types.ts";

export interface MemoryCall {
  readonly verb: "get" | "list" | "create" | "apply" | "replace" | "patch" | "delete" | "watch" | "version";
  readonly kind: string;
  readonly name: string | undefined;
}

export interface MemoryCluster {
  /** A client as reconcilers use it. All clients of a cluster see the same objects. */
  readonly client: KubeClient;
  /** All stored objects of a kind, in name order. */
  objects(kind: string): AnyObject[];
  /** Writes an object as it is, status included: what a kubelet or another controller would do. */
  put(object: KubeObject & Record<string, unknown>): AnyObject;
  /** Every call that was made, oldest first. */
  readonly calls: MemoryCall[];
  /** Makes calls fail: return the error to throw, or undefined to let the call through. */
  intercept: (call: MemoryCall) => Error | undefined;
}

export interface MemoryClusterOptions {
  /** Kinds that discovery does not know. */
  readonly unknownKinds?: readonly string[];
  readonly server?: string;
}

const CLUSTER_SCOPED = new Set(["Namespace", "Organization", "CustomResourceDefinition", "Node", "GatewayClass"]);

/**
 * A Kubernetes API in memory, as far as reconcilers see it: resourceVersions and conflicts, generations, the status
 * subresource, finalizers, garbage collection by owner, namespaces that empty themselves, and watches. Server-side
 * apply is a merge: fields that an applier leaves out stay.
 */
export const createMemoryCluster = (options: MemoryClusterOptions = {}): MemoryCluster => {
  const store = new Store();
  const cluster: MemoryCluster = {
    client: createClient(store, options, (call) => {
      cluster.calls.push(call);
      const error = cluster.intercept(call);
      if (error !== undefined) throw error;
    }),
    objects: (kind) => store.list((object) => object.kind === kind),
    put: (object) => store.write(object, "all"),
    calls: [],
    intercept: () => undefined,
  };
  for (const name of ["default", "kube-system"]) {
    store.write({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, "all");
  }
  return cluster;
};

type Part = "all" | "main" | "status";

class Store {
  readonly #objects = new Map<string, AnyObject>();
  readonly #log: (WatchEvent & { readonly object: AnyObject })[] = [];
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #version = 0;

  get version(): string {
    return String(this.#version);
  }

  get(ref: ObjectRef): AnyObject | undefined {
    return structuredClone(this.#objects.get(pathOf(ref)));
  }

  list(matches: (object: AnyObject) => boolean): AnyObject[] {
    const found = [...this.#objects.entries()].filter(([, object]) => matches(object));
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => structuredClone(object));
  }

  /** Stores one part of an object; the rest is kept from what is there. */
  write(given: AnyObject, part: Part): AnyObject {
    const path = pathOf(refOf(given));
    const before = this.#objects.get(path);
    if (before === undefined) this.#checkNamespace(given);
    const next = combine(before, structuredClone(given), part);
    if (before !== undefined && isDeepStrictEqual(before, next)) return structuredClone(before);
    next.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(path, next);
    this.#emit(before === undefined ? "ADDED" : "MODIFIED", next);
    this.#collect(next);
    return structuredClone(next);
  }

  delete(ref: ObjectRef): void {
    const object = this.get(ref);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    object.metadata.deletionTimestamp = new Date().toISOString();
    this.write(object, "all");
  }

  async *watch(matches: (object: AnyObject) => boolean, from: number, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    let at = this.#log.findIndex(({ object }) => Number(object.metadata.resourceVersion) > from);
    if (at < 0) at = this.#log.length;
    const wakes = on(this.#emitter, "event", { signal });
    try {
      for (;;) {
        for (; at < this.#log.length; at++) {
          const event = this.#log[at];
          if (event !== undefined && matches(event.object)) yield structuredClone(event);
        }
        await wakes.next();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await wakes.return?.();
    }
  }

  #emit(type: "ADDED" | "MODIFIED" | "DELETED", object: AnyObject): void {
    this.#log.push({ type, object: structuredClone(object) });
    this.#emitter.emit("event");
  }

  #checkNamespace({ kind, metadata }: AnyObject): void {
    if (CLUSTER_SCOPED.has(kind)) return;
    const { namespace = "" } = metadata;
    const found = this.#objects.get(pathOf({ apiVersion: "v1", kind: "Namespace", name: namespace }));
    if (found === undefined) throw refusal(404, "NotFound", `namespaces "${namespace}" not found`);
    if (found.metadata.deletionTimestamp !== undefined)
      throw refusal(403, "Forbidden", `namespace ${namespace} is being terminated`);
  }

  /** Removes what is deleted and no longer held, and what that leaves behind. */
  #collect(object: AnyObject): void {
    const { deletionTimestamp, finalizers = [], uid } = object.metadata;
    if (deletionTimestamp === undefined) return;
    if (object.kind === "Namespace") {
      const inside = this.list(({ metadata }) => metadata.namespace === object.metadata.name);
      for (const child of inside) this.delete(refOf(child));
      if (this.list(({ metadata }) => metadata.namespace === object.metadata.name).length > 0) return;
    }
    if (finalizers.length > 0 || !this.#objects.delete(pathOf(refOf(object)))) return;
    this.#emit("DELETED", { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } });
    const owned = this.list(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false);
    for (const child of owned) this.delete(refOf(child));
    const { namespace } = object.metadata;
    const home =
      namespace === undefined ? undefined : this.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
    if (home !== undefined) this.#collect(home);
  }
}

const combine = (before: AnyObject | undefined, given: AnyObject, part: Part): AnyObject => {
  if (before === undefined) {
    const { status, ...main } = given;
    const metadata = { ...given.metadata, uid: randomUUID(), generation: 1, creationTimestamp: nextTimestamp() };
    return { ...main, metadata, ...(part === "all" && status !== undefined && { status }) };
  }
  if (part === "status") return { ...before, metadata: { ...before.metadata }, status: given["status"] };
  const { uid, creationTimestamp, generation = 1 } = before.metadata;
  const status = part === "all" ? given["status"] : before["status"];
  const next = { ...given, metadata: { ...given.metadata, uid, creationTimestamp, generation } } as AnyObject;
  delete next["status"];
  if (status !== undefined) next["status"] = status;
  next.metadata.resourceVersion = before.metadata.resourceVersion ?? "";
  if (!isDeepStrictEqual(specOf(before), specOf(next))) next.metadata.generation = generation + 1;
  return next;
};

/** Everything that a generation counts. */
const specOf = ({ metadata: _m, status: _s, ...rest }: AnyObject): unknown => rest;

let objectsMade = 0;
/** A second apart, so that age decides as it does in a real cluster. */
const nextTimestamp = (): string =>
  `${new Date(Date.UTC(2030, 0, 1) + 1000 * objectsMade++).toISOString().slice(0, 19)}Z`;

const createClient = (store: Store, options: MemoryClusterOptions, onCall: (call: MemoryCall) => void): KubeClient => {
  const knows = (kind: string): boolean => !(options.unknownKinds ?? []).includes(kind);
  const called = (verb: MemoryCall["verb"], { kind, name }: { kind: string; name?: string | undefined }): void => {
    onCall({ verb, kind, name });
    if (!knows(kind)) throw refusal(404, "NotFound", `the server does not know ${kind}`);
  };
  const existing = (ref: ObjectRef): AnyObject => {
    const found = store.get(ref);
    if (found === undefined) throw refusal(404, "NotFound", `${ref.kind} "${ref.name}" not found`);
    return found;
  };
  const guarded = (found: AnyObject, version: string | undefined): void => {
    if (version === undefined || version === found.metadata.resourceVersion) return;
    throw refusal(409, "Conflict", "the object has been modified");
  };
  const selected = ({ apiVersion, kind }: TypeRef, { namespace, labelSelector }: ListOptions) => {
    const matchesLabels = parseSelector(labelSelector ?? "");
    return (object: AnyObject): boolean =>
      object.kind === kind &&
      object.apiVersion === apiVersion &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      matchesLabels(object.metadata.labels ?? {});
  };
  const removed = (ref: ObjectRef, uid: string | undefined): boolean => {
    const found = store.get(ref);
    if (found === undefined) return false;
    if (uid !== undefined && uid !== found.metadata.uid)
      throw refusal(409, "Conflict", "the UID in the precondition does not match");
    store.delete(ref);
    return true;
  };
  return {
    server: options.server ?? "memory://cluster",
    version: async () => {
      onCall({ verb: "version", kind: "", name: undefined });
      return { gitVersion: "v1.34.2" };
    },
    ready: async () => true,
    hasKind: async ({ kind }) => knows(kind),
    get: async <T extends KubeObject>(ref: ObjectRef) => {
      onCall({ verb: "get", kind: ref.kind, name: ref.name });
      return store.get(ref) as T | undefined;
    },
    list: async (type, listOptions = {}) => {
      called("list", type);
      return {
        items: store.list(selected(type, listOptions)) as KubeObject[] as never[],
        resourceVersion: store.version,
      };
    },
    create: async <T extends KubeObject>(object: T) => {
      called("create", { kind: object.kind, name: object.metadata.name });
      if (store.get(refOf(object)) !== undefined) throw refusal(409, "AlreadyExists", `${object.metadata.name} exists`);
      return store.write(object as KubeObject as AnyObject, "main") as KubeObject as T;
    },
    apply: async <T extends KubeObject>(object: T, { subresource }: { subresource?: "status" } = {}) => {
      called("apply", { kind: object.kind, name: object.metadata.name });
      const found = store.get(refOf(object));
      const merged = merge(found ?? {}, { ...object, metadata: { ...object.metadata, resourceVersion: undefined } });
      return store.write(merged as AnyObject, subresource ?? "main") as KubeObject as T;
    },
    replace: async <T extends KubeObject>(object: T, { subresource }: { subresource?: "status" } = {}) => {
      called("replace", { kind: object.kind, name: object.metadata.name });
      guarded(existing(refOf(object)), object.metadata.resourceVersion);
      return store.write(object as KubeObject as AnyObject, subresource ?? "main") as KubeObject as T;
    },
    mergePatch: async <T extends KubeObject>(
      ref: ObjectRef,
      patch: unknown,
      { subresource }: { subresource?: "status" | "scale" } = {},
    ) => {
      called("patch", ref);
      const found = existing(ref);
      guarded(found, (patch as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion);
      const part = subresource === "status" ? "status" : "main";
      return store.write(merge(found, patch) as AnyObject, part) as KubeObject as T;
    },
    delete: async (ref, { uid } = {}) => {
      onCall({ verb: "delete", kind: ref.kind, name: ref.name });
      return removed(ref, uid);
    },
    deleteCollection: async (type, listOptions) => {
      called("delete", type);
      for (const object of store.list(selected(type, listOptions))) removed(refOf(object), undefined);
    },
    watch: (type, watchOptions: WatchOptions) => {
      called("watch", type);
      const signal = watchOptions.signal ?? new AbortController().signal;
      return store.watch(selected(type, watchOptions), Number(watchOptions.resourceVersion), signal);
    },
    logs: async function* () {},
    raw: async () => ({ status: 404, body: "" }),
    close: () => undefined,
  };
};

/** JSON merge patch. */
const merge = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else if (value !== undefined) result[field] = merge(result[field], value);
  }
  return result;
};

const parseSelector = (selector: string): ((labels: Readonly<Record<string, string>>) => boolean) => {
  const terms = selector.split(/,(?![^(]*\))/).filter((term) => term !== "");
  const checks = terms.map((term) => {
    const set = /^(\S+) (in|notin) \(([^)]*)\)$/.exec(term);
    if (set !== null) {
      const [, label = "", operator, values = ""] = set;
      const allowed = new Set(values.split(",").map((value) => value.trim()));
      return (labels: Readonly<Record<string, string>>) => allowed.has(labels[label] ?? "") === (operator === "in");
    }
    const [label = "", value] = term.split(/!?==?/);
    if (value === undefined) return (labels: Readonly<Record<string, string>>) => labels[label] !== undefined;
    const equal = !term.includes("!=");
    return (labels: Readonly<Record<string, string>>) => (labels[label] === value) === equal;
  });
  return (labels) => checks.every((check) => check(labels));
};

const refOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
});

const pathOf = ({ apiVersion, kind, namespace, name }: ObjectRef): string =>
  `${apiVersion}/${kind}/${CLUSTER_SCOPED.has(kind) ? "" : (namespace ?? "")}/${name}`;

const refusal = (status: number, reason: string, message: string): KubeError =>
  new KubeError(message, { status, reason });

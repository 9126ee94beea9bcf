import type { KubeClient } from "../../../k8s/client.ts";
import { startInformer } from "../../../k8s/informer.ts";
import type { AnyObject, KubeObject, TypeRef } from "../../../k8s/types.ts";
import { controllerOf } from "./owners.ts";

/** Both for a change, one of them for an addition or a removal. */
export type ChangeHandler<T> = (before: T | undefined, after: T | undefined) => void;

/** The local copy of one kind that all controllers of a cluster share. Objects are shared too: do not change them. */
export interface SharedInformer<T extends KubeObject> {
  readonly synced: Promise<void>;
  get(namespace: string | undefined, name: string): T | undefined;
  list(): T[];
  inNamespace(namespace: string): T[];
  /** Those whose controller has this uid. */
  controlledBy(uid: string): T[];
  /** Those of a namespace that no controller owns. */
  orphansIn(namespace: string): T[];
  /** What is there already is told as added. Returns the end of it. */
  subscribe(handler: ChangeHandler<T>): () => void;
}

/** The shared informers of a cluster; one starts when its kind is asked for first. */
export interface Informers {
  of<T extends KubeObject>(type: TypeRef): SharedInformer<T>;
  /** Whether somebody has asked for the kind. */
  has(type: TypeRef): boolean;
  /** Resolves when all that were started have their first list. */
  synced(): Promise<void>;
}

export const createInformers = (client: KubeClient, signal: AbortSignal): Informers => {
  const running = new Map<string, SharedInformer<KubeObject>>();
  const keyOf = ({ apiVersion, kind }: TypeRef): string => `${apiVersion}/${kind}`;
  return {
    of: <T extends KubeObject>(type: TypeRef) => {
      const key = keyOf(type);
      const informer = running.get(key) ?? shareInformer(client, type, signal);
      running.set(key, informer);
      return informer as unknown as SharedInformer<T>;
    },
    has: (type) => running.has(keyOf(type)),
    synced: async () => {
      await Promise.all([...running.values()].map(({ synced }) => synced));
    },
  };
};

const shareInformer = (client: KubeClient, type: TypeRef, signal: AbortSignal): SharedInformer<KubeObject> => {
  const handlers = new Set<ChangeHandler<KubeObject>>();
  const byNamespace = createIndex(({ metadata }) => metadata.namespace ?? "");
  const byController = createIndex((object) => controllerOf(object)?.uid ?? orphanKey(object.metadata.namespace ?? ""));
  const informer = startInformer(client, type, {
    signal,
    onChange: (before, after) => {
      for (const index of [byNamespace, byController]) index.change(before, after);
      for (const handler of handlers) handler(before, after);
    },
  });
  return {
    synced: informer.synced,
    get: (namespace, name) => informer.get({ namespace, name }),
    list: () => informer.list(),
    inNamespace: (namespace) => byNamespace.get(namespace),
    controlledBy: (uid) => byController.get(uid),
    orphansIn: (namespace) => byController.get(orphanKey(namespace)),
    subscribe: (handler) => {
      for (const object of informer.list()) handler(undefined, object);
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
};

/** No uid has a blank in it. */
const orphanKey = (namespace: string): string => `in ${namespace}`;

interface Index {
  change(before: AnyObject | undefined, after: AnyObject | undefined): void;
  get(key: string): AnyObject[];
}

const createIndex = (keyOf: (object: AnyObject) => string): Index => {
  const buckets = new Map<string, Map<string, AnyObject>>();
  const idOf = ({ metadata }: AnyObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;
  const drop = (object: AnyObject): void => {
    const key = keyOf(object);
    const bucket = buckets.get(key);
    bucket?.delete(idOf(object));
    if (bucket?.size === 0) buckets.delete(key);
  };
  const put = (object: AnyObject): void => {
    const key = keyOf(object);
    const bucket = buckets.get(key) ?? new Map<string, AnyObject>();
    buckets.set(key, bucket);
    bucket.set(idOf(object), object);
  };
  return {
    change: (before, after) => {
      if (before !== undefined) drop(before);
      if (after !== undefined) put(after);
    },
    get: (key) => [...(buckets.get(key)?.values() ?? [])],
  };
};

import type { Clock } from "../lib/clock.ts";
import type { KubeClient } from "./client.ts";
import { type ReflectorState, reflect } from "./reflector.ts";
import type { AnyObject, TypeRef } from "./types.ts";

export interface InformerOptions {
  readonly labelSelector?: string | undefined;
  readonly namespace?: string | undefined;
  /** The only way to end it. */
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
  /** Both are given for a change, one of them for an addition or a removal. Called in the order of the server. */
  readonly onChange?: ((before: AnyObject | undefined, after: AnyObject | undefined) => void) | undefined;
  readonly onState?: ((state: ReflectorState) => void) | undefined;
}

export interface Informer {
  /** Resolves after the first complete list; rejects when the signal ends it before. */
  readonly synced: Promise<void>;
  get(key: { readonly namespace: string | undefined; readonly name: string }): AnyObject | undefined;
  list(): AnyObject[];
}

/** A local copy of all objects of a kind, kept by a reflector. Objects are shared: do not change them. */
export const startInformer = (client: KubeClient, type: TypeRef, options: InformerOptions): Informer => {
  const { onChange = () => undefined, signal } = options;
  const store = new Map<string, AnyObject>();
  let settle: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  const synced = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  // Whoever does not wait for it is not interested in its failure either.
  synced.catch(() => undefined);
  signal.addEventListener("abort", () => settle?.reject(signal.reason), { once: true });
  const put = (object: AnyObject): void => {
    const key = keyOf(object.metadata);
    const before = store.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const after = slim(object);
    store.set(key, after);
    onChange(before, after);
  };
  const drop = (key: string): void => {
    const before = store.get(key);
    if (before === undefined) return;
    store.delete(key);
    onChange(before, undefined);
  };
  const sink = {
    replace: ({ items }: { items: AnyObject[] }) => {
      const there = new Set(items.map(({ metadata }) => keyOf(metadata)));
      for (const key of store.keys()) if (!there.has(key)) drop(key);
      for (const item of items) put(item);
      settle?.resolve();
    },
    upsert: put,
    remove: (object: AnyObject) => drop(keyOf(object.metadata)),
  };
  void reflect(client, type, sink, options);
  return { synced, get: (key) => store.get(keyOf(key)), list: () => [...store.values()] };
};

const keyOf = ({ namespace, name }: { namespace?: string | undefined; name: string }): string =>
  `${namespace ?? ""}/${name}`;

/** Who manages which field is most of an object's bytes and of no use to a reader. */
const slim = (object: AnyObject): AnyObject => {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
};

import type { KubeClient } from "./client.ts";
import { type ReflectorOptions, type ReflectorSink, reflect } from "./reflector.ts";
import type { AnyObject, TypeRef } from "./types.ts";

export interface InformerOptions extends ReflectorOptions {
  /**
   * Both are given for a change, one of them for an addition or a removal. Called in the order of the server. An object
   * that was made anew under its old name is a removal and an addition.
   */
  readonly onChange?: ((before: AnyObject | undefined, after: AnyObject | undefined) => void) | undefined;
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
  const sink = storeSink(store, onChange);
  const reflected = reflect(
    client,
    type,
    {
      ...sink,
      replace: (list) => {
        sink.replace(list);
        settle?.resolve();
      },
    },
    options,
  );
  void reflected.then(() => settle?.reject(signal.reason));
  return { synced, get: (key) => store.get(keyOf(key)), list: () => [...store.values()] };
};

const storeSink = (
  store: Map<string, AnyObject>,
  onChange: NonNullable<InformerOptions["onChange"]>,
): ReflectorSink => {
  const drop = (key: string): void => {
    const before = store.get(key);
    if (before === undefined) return;
    store.delete(key);
    onChange(before, undefined);
  };
  const put = (object: AnyObject): void => {
    const key = keyOf(object.metadata);
    // Its removal was missed while the watch was down.
    if (store.get(key)?.metadata.uid !== object.metadata.uid) drop(key);
    const before = store.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const after = slim(object);
    store.set(key, after);
    onChange(before, after);
  };
  return {
    replace: ({ items }) => {
      const there = new Set(items.map(({ metadata }) => keyOf(metadata)));
      for (const key of store.keys()) if (!there.has(key)) drop(key);
      for (const item of items) put(item);
    },
    upsert: put,
    remove: (object) => drop(keyOf(object.metadata)),
  };
};

const keyOf = ({ namespace, name }: { namespace?: string | undefined; name: string }): string =>
  `${namespace ?? ""}/${name}`;

/** Who manages which field is most of an object's bytes and of no use to a reader. */
const slim = (object: AnyObject): AnyObject => {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
};

import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import { type CustomResourceType, resourceTypesOf } from "../crd/resource-types.ts";
import { statusOf } from "../crd/status.ts";
import type { Change, Entry } from "../store/store.ts";
import type { Core } from "./core.ts";
import { timestamp } from "./metadata.ts";
import { keyOf, objectOf, prefixOf, textOf } from "./stored.ts";
import { isFinished } from "./write.ts";

const DEFINITIONS = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" } as const;
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/** Serves what CustomResourceDefinitions define, from the moment they are stored, and cleans up behind those that go. */
export const manageDefinitions = (core: Core): { stop(): void } => {
  const prefix = prefixOf(DEFINITIONS);
  const settle = (name: string): void => {
    void settleDefinition(core, name).catch(() => undefined);
  };
  for (const { value } of core.store.range(prefix).entries) settle(objectOf({ value }).metadata.name);
  const stop = core.store.watch(prefix, core.store.revision, ({ key }: Change) => settle(key.slice(prefix.length + 1)));
  return { stop };
};

const settleDefinition = async (core: Core, name: string): Promise<void> => {
  const { store, registry } = core;
  const key = keyOf(DEFINITIONS, undefined, name);
  const tip = store.tip(key);
  if (tip === undefined) {
    registry.setCustom(name, []);
    return;
  }
  const definition = objectOf(tip);
  if (definition.metadata.deletionTimestamp !== undefined) {
    await cleanUp(core, definition);
    return;
  }
  const others = store
    .range(prefixOf(DEFINITIONS))
    .entries.map(definitionOf)
    .filter(({ metadata }) => metadata.name !== name);
  const status = statusOf(definition, others, timestamp(core.clock));
  const next = { ...definition, status };
  // Served before it says so: whoever waits for `Established` may use it at once.
  if (isEstablished(next)) registry.setCustom(name, typesOf(next));
  if (isDeepStrictEqual(definition["status"], status)) return;
  await store.write({ key, expected: tip.revision, value: (revision) => textOf(next, revision) });
};

const parsed = new WeakMap<Entry, AnyObject>();

/** For reading only. Each definition is compared with all others, and the largest have half a megabyte. */
const definitionOf = (entry: Entry): AnyObject => {
  const object = parsed.get(entry) ?? objectOf(entry);
  parsed.set(entry, object);
  return object;
};

const KEPT_TYPES = 256;
const keptTypes = new Map<string, readonly CustomResourceType[]>();

/**
 * The resources of a definition. Clusters of one process have mostly the same definitions, and what is prepared of a schema
 * (compiled rules above all) is kept by the schema: the same definition gives the same one.
 */
const typesOf = (definition: AnyObject): readonly CustomResourceType[] => {
  const { acceptedNames } = (definition["status"] ?? {}) as { acceptedNames?: unknown };
  const text = JSON.stringify([definition.metadata.name, definition["spec"], acceptedNames]);
  const key = createHash("sha256").update(text).digest("base64");
  const types = keptTypes.get(key) ?? resourceTypesOf(definition);
  keptTypes.delete(key);
  keptTypes.set(key, types);
  const [oldest] = keptTypes.keys();
  if (keptTypes.size > KEPT_TYPES && oldest !== undefined) keptTypes.delete(oldest);
  return types;
};

const isEstablished = (definition: AnyObject): boolean => {
  const { conditions = [] } = (definition["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Established" && status === "True");
};

/** Deletes all objects of a definition under deletion, and lets it go when the last of them has gone. */
const cleanUp = async (core: Core, definition: AnyObject): Promise<void> => {
  const { store, registry, clock } = core;
  const { name } = definition.metadata;
  if (!(definition.metadata.finalizers ?? []).includes(CLEANUP)) return;
  const { group, names } = definition["spec"] as { group: string; names: { plural: string } };
  const prefix = prefixOf({ group, resource: names.plural });
  for (const entry of store.range(prefix).entries) {
    const object = objectOf(entry);
    const meta = object.metadata as AnyObject["metadata"] & { deletionGracePeriodSeconds?: number };
    if (meta.deletionTimestamp !== undefined) continue;
    meta.deletionTimestamp = timestamp(clock);
    meta.deletionGracePeriodSeconds = 0;
    const write = { key: entry.key, expected: entry.revision, value: (revision: number) => textOf(object, revision) };
    await store.write(isFinished(object) ? { ...write, delete: true } : write);
  }
  if (store.range(prefix).entries.length > 0) {
    // Somebody's finalizer holds an object: looked at again when one goes.
    const unwatch = store.watch(prefix, store.revision, ({ entry }) => {
      if (entry !== undefined || store.range(prefix).entries.length > 0) return;
      unwatch();
      void settleDefinition(core, name).catch(() => undefined);
    });
    return;
  }
  registry.setCustom(name, []);
  const key = keyOf(DEFINITIONS, undefined, name);
  const tip = store.tip(key);
  if (tip === undefined) return;
  const last = objectOf(tip);
  const finalizers = (last.metadata.finalizers ?? []).filter((one) => one !== CLEANUP);
  const next = { ...last, metadata: { ...last.metadata, finalizers } };
  const write = { key, expected: tip.revision, value: (revision: number) => textOf(next, revision) };
  await store.write(isFinished(next) ? { ...write, delete: true } : write);
};

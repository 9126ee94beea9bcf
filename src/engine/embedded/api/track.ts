import type { AnyObject } from "../../../k8s/types.ts";
import { type Entry, givenEntries, isReset, sameButTimes, storedEntries } from "../managed-fields/entry.ts";
import { emptyObject } from "../managed-fields/object-type.ts";
import { type FindVersion, unmanaged } from "../managed-fields/ownership.ts";
import { trackUpdate } from "../managed-fields/track-update.ts";
import { sameData } from "../schema/data.ts";
import type { Core } from "./core.ts";
import { timestamp } from "./metadata.ts";
import type { WriteOptions } from "./query.ts";
import type { ResourceType } from "./resource-type.ts";

/** One write, for who owns which field after it. */
export interface TrackedChange {
  readonly core: Core;
  readonly type: ResourceType;
  readonly before: AnyObject | undefined;
  readonly after: AnyObject;
  /** `managedFields` as the client sent them. */
  readonly given: readonly unknown[] | undefined;
  readonly options: WriteOptions;
  readonly subresource: string | undefined;
}

/** Who owns what after a write; undefined where nobody owns anything. */
export const trackChange = (change: TrackedChange): readonly Entry[] | undefined => {
  const { core, type, before, after, given, options, subresource } = change;
  const entries = startingEntries(before, given, subresource);
  // Where a pod runs belongs to nobody.
  if (subresource === "binding") return entries;
  // Whoever forgot its owners stays without any until somebody applies it.
  if (entries.length === 0 && before !== undefined) return undefined;
  const next = trackUpdate({
    type,
    find: findVersion(core, type),
    before: before ?? emptyObject(type),
    after: after,
    entries,
    manager: options.fieldManager,
    subresource,
    time: timestamp(core.clock),
  });
  return next.length === 0 ? undefined : next;
};

const startingEntries = (
  before: AnyObject | undefined,
  given: readonly unknown[] | undefined,
  subresource: string | undefined,
): readonly Entry[] => {
  const stored = storedEntries(before?.metadata.managedFields);
  if (subresource !== undefined) return stored;
  if (isReset(given)) return [];
  return givenEntries(given, stored) ?? stored;
};

/** Other versions of a resource, by which entries may own fields. */
export const findVersion =
  ({ registry }: Core, { resource }: ResourceType): FindVersion =>
  (apiVersion) => {
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    return registry.find(group, version, resource);
  };

/** The object with the old entries where nothing but their times is new: such a write changes nothing. */
export const withOldTimes = (object: AnyObject, old: AnyObject): AnyObject => {
  const [entries, before] = [storedEntries(object.metadata.managedFields), storedEntries(old.metadata.managedFields)];
  if (entries === before || before.length === 0 || !sameButTimes(entries, before)) return object;
  if (!sameData(unmanaged(object), unmanaged(old))) return object;
  return { ...object, metadata: { ...object.metadata, managedFields: [...before] } };
};

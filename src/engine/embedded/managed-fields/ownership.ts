import type { AnyObject } from "../../../k8s/types.ts";
import { inVersion } from "../api/conversion.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { apiVersionOf } from "../api/stored.ts";
import type { Fields } from "../schema/data.ts";
import { type Comparison, compare } from "./compare.ts";
import { type FieldSet, difference, intersection, isEmpty, recursiveDifference, union } from "./field-set.ts";
import { type Entry, withFields } from "./entry.ts";
import { emptyObject, objectType } from "./object-type.ts";

/** The resource in another version; undefined where it has no such version. */
export type FindVersion = (apiVersion: string) => ResourceType | undefined;

/** What a write changes, told in any version of the object. */
export interface Change {
  readonly in: (apiVersion: string) => Comparison | undefined;
}

/** The difference between two objects, without what the write does not change and without `managedFields`. */
export const changeOf = (
  type: ResourceType,
  { before, after, reset, find }: { before: Fields; after: Fields; reset: FieldSet; find: FindVersion },
): Change => {
  const known = new Map<string, Comparison | undefined>();
  // Go's structs are there also in objects that were stored without them.
  const old = { ...emptyObject(type), ...unmanaged(before) };
  const now = { ...emptyObject(type), ...unmanaged(after) };
  const own = apiVersionOf(type);
  const compared = (apiVersion: string): Comparison | undefined => {
    if (apiVersion === own) return filtered(compare(objectType(type), old, now), reset);
    const other = find(apiVersion);
    if (other === undefined) return undefined;
    const compared = compare(objectType(other), converted(old, other), converted(now, other));
    // Of a custom resource Kubernetes knows only for the version of the write what the write does not change.
    return type.custom ? compared : filtered(compared, reset);
  };
  return {
    in: (apiVersion) => {
      if (!known.has(apiVersion)) known.set(apiVersion, compared(apiVersion));
      return known.get(apiVersion);
    },
  };
};

const filtered = ({ set, removed }: Comparison, reset: FieldSet): Comparison => ({
  set: recursiveDifference(set, reset),
  removed: recursiveDifference(removed, reset),
});

const converted = (object: Fields, to: ResourceType): Fields => inVersion(object as unknown as AnyObject, to);

/** The object without `managedFields`, which nobody owns and which are the larger half of many objects. */
export const unmanaged = (object: Fields): Fields => {
  const { metadata } = object as { metadata?: Fields };
  if (metadata === undefined || !("managedFields" in metadata)) return object;
  const { managedFields: _managed, ...rest } = metadata;
  return { ...object, metadata: rest };
};

/** What of an entry's fields a change sets: with another manager's apply that is a conflict. */
export const conflictOf = (entry: Entry, change: Change): FieldSet => {
  const compared = change.in(entry.apiVersion);
  return compared === undefined || isEmpty(compared.set) ? {} : intersection(entry.fieldsV1, compared.set);
};

/** The entry after somebody else's change; undefined where nothing is left of it, or where its version is gone. */
export const afterChange = (entry: Entry, change: Change): Entry | undefined => {
  const compared = change.in(entry.apiVersion);
  if (compared === undefined) return undefined;
  return withFields(entry, difference(difference(entry.fieldsV1, compared.set), compared.removed));
};

/** Everything that a change touches. */
export const touched = ({ set, removed }: Comparison): FieldSet => union(set, removed);

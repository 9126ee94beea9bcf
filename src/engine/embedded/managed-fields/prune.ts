import type { AnyObject } from "../../../k8s/types.ts";
import { inVersion } from "../api/conversion.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { apiVersionOf } from "../api/stored.ts";
import type { Fields } from "../schema/data.ts";
import type { Entry } from "./entry.ts";
import { type FieldSet, LEAF, difference, intersection, isEmpty, union } from "./field-set.ts";
import { fieldsOf, withNamedFields } from "./fields-of.ts";
import { objectType } from "./object-type.ts";
import type { FindVersion } from "./ownership.ts";
import { remove } from "./remove.ts";

/**
 * Takes out of a merged object what its manager applied last time, does not apply now, and nobody else owns.
 *
 * @param last What the manager owned before.
 * @param entries All entries, with what the manager owns now.
 */
export const prune = (
  type: ResourceType,
  merged: Fields,
  { last, entries, find }: { last: Entry | undefined; entries: readonly Entry[]; find: FindVersion },
): Fields => {
  if (last === undefined || isEmpty(last.fieldsV1)) return merged;
  const own = apiVersionOf(type);
  const version = last.apiVersion === own ? type : find(last.apiVersion);
  if (version === undefined) return merged;
  const owned = ownedByVersion(entries, last.apiVersion);
  // Who gives up nothing removes nothing.
  if (isEmpty(difference(last.fieldsV1, owned.get(last.apiVersion) ?? LEAF))) return merged;
  const whole = inAnother(merged, version);
  const given = named(last.fieldsV1, version);
  let left = remove(objectType(version), whole, given);
  for (const [apiVersion, fields] of owned) {
    const seen = apiVersion === own ? type : find(apiVersion);
    if (seen !== undefined) left = addBack(seen, { merged, left, fields });
  }
  const gone = difference(allFields(whole, version), allFields(inAnother(left, version), version));
  return inAnother(remove(objectType(version), whole, intersection(gone, given)), type);
};

/** What any manager owns, by version: first that of what is taken away. */
const ownedByVersion = (entries: readonly Entry[], first: string): Map<string, FieldSet> => {
  const owned = new Map<string, FieldSet>([[first, LEAF]]);
  for (const { apiVersion, fieldsV1 } of entries) owned.set(apiVersion, union(owned.get(apiVersion) ?? LEAF, fieldsV1));
  return owned;
};

/** The object with what is still owned, of what was taken away. */
const addBack = (
  type: ResourceType,
  { merged, left, fields }: { merged: Fields; left: Fields; fields: FieldSet },
): Fields => {
  const whole = inAnother(merged, type);
  const kept = union(allFields(inAnother(left, type), type), named(fields, type));
  return remove(objectType(type), whole, difference(allFields(whole, type), kept));
};

const allFields = (object: Fields, type: ResourceType): FieldSet => named(fieldsOf(objectType(type), object), type);

const named = (fields: FieldSet, type: ResourceType): FieldSet => withNamedFields(fields, objectType(type));

const inAnother = (object: Fields, type: ResourceType): Fields => inVersion(object as unknown as AnyObject, type);

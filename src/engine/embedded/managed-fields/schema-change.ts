import type { ResourceType } from "../api/resource-type.ts";
import type { Entry } from "./entry.ts";
import { type FieldSet, LEAF, type OpenSet, elementsOf, isMember, nodeOf } from "./field-set.ts";
import type { FieldType } from "./field-type.ts";
import { objectType } from "./object-type.ts";
import type { FindVersion } from "./ownership.ts";
import { fieldOf } from "./path-element.ts";

/**
 * Entries as the schema of now has them: of lists and objects that have become atomic since, their owners own all, not parts.
 * Only schemas of custom resources change.
 */
export const bySchemaOfNow = (type: ResourceType, entries: readonly Entry[], find: FindVersion): readonly Entry[] => {
  if (!type.custom) return entries;
  const all = entries.map((entry) => {
    const version = find(entry.apiVersion);
    const fieldsV1 = version === undefined ? entry.fieldsV1 : wholeFields(entry.fieldsV1, objectType(version));
    return fieldsV1 === entry.fieldsV1 ? entry : { ...entry, fieldsV1 };
  });
  return all.every((entry, at) => entry === entries[at]) ? entries : all;
};

/** The set itself where it fits. */
const wholeFields = (set: FieldSet, type: FieldType): FieldSet => {
  let out: OpenSet | undefined;
  for (const element of elementsOf(set)) {
    const node = set[element] ?? LEAF;
    const name = fieldOf(element);
    const below = name === undefined ? type.list?.item() : type.map?.field(name)?.type;
    const next = below === undefined ? node : wholeNode(node, below);
    if (next !== node) (out ??= { ...set })[element] = next;
  }
  return out ?? set;
};

const wholeNode = (node: FieldSet, type: FieldType): FieldSet => {
  if (elementsOf(node).length === 0) return node;
  const { map, list } = type;
  const isAtomic = map === undefined ? type.scalar === undefined && list?.atomic === true : map.atomic;
  if (isAtomic) return LEAF;
  const next = wholeFields(node, type);
  return next === node ? node : (nodeOf(isMember(node), next) ?? LEAF);
};

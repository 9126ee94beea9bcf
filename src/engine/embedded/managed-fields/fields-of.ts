import type { Fields } from "../schema/data.ts";
import { itemsOf, membersOf } from "./compare.ts";
import { type FieldType, type ListType, type MapType, formOf } from "./field-type.ts";
import { type FieldSet, LEAF, type OpenSet, elementsOf, isMember, nodeOf } from "./field-set.ts";
import { itemElement, hasNoElement } from "./list-items.ts";
import { fieldOf } from "./path-element.ts";

/** The fields that an object sets: what its manager owns after applying it. */
export const fieldsOf = (type: FieldType, object: Fields): FieldSet => partsOf(type, object).children ?? LEAF;

interface Parts {
  readonly member: boolean;
  readonly children: FieldSet | undefined;
}

const WHOLE: Parts = { member: true, children: undefined };

const partsOf = (type: FieldType, value: unknown): Parts => {
  const form = formOf(type, value);
  const { map, list } = type;
  if (form === "map" && map !== undefined) return map.atomic ? WHOLE : partsOfMap(map, membersOf(value));
  if (form === "list" && list !== undefined) return list.atomic ? WHOLE : partsOfList(list, itemsOf(value));
  return WHOLE;
};

const partsOfMap = (type: MapType, members: Fields): Parts => {
  const out: OpenSet = {};
  for (const [name, value] of Object.entries(members)) {
    const field = type.field(name);
    if (field === undefined) continue;
    const { member, children } = partsOf(field.type, value);
    // An object that the schema names is not owned itself, only what is in it; a key of a map is.
    const node = nodeOf(member || !field.isNamed || isNothing(value), children);
    if (node !== undefined) out[field.element] = node;
  }
  return { member: false, children: out };
};

const isNothing = (value: unknown): boolean =>
  value === null || (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);

const partsOfList = (type: ListType, items: readonly unknown[]): Parts => {
  const out: OpenSet = {};
  for (const item of items) {
    const element = itemElement(type, item);
    if (hasNoElement(element)) continue;
    // Items that are there twice are owned as a whole.
    out[element] = element in out ? LEAF : (nodeOf(true, partsOf(type.item(), item).children) ?? LEAF);
  }
  return { member: false, children: out };
};

/** The set with every field that the schema names above one of its paths: whoever owns what is in an object holds the object. */
export const withNamedFields = (set: FieldSet, type: FieldType | undefined): FieldSet => {
  const out: OpenSet = {};
  for (const element of elementsOf(set)) {
    const node = set[element] ?? LEAF;
    const name = fieldOf(element);
    const field = name === undefined ? undefined : type?.map?.field(name);
    const below = name === undefined ? type?.list?.item() : field?.type;
    out[element] = nodeOf(isMember(node) || field?.isNamed === true, withNamedFields(node, below)) ?? LEAF;
  }
  return out;
};

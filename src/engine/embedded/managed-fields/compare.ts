import { type Fields, isFields, sameData } from "../schema/data.ts";
import { type Field, type FieldType, type Form, type ListType, type MapType, formOf } from "./field-type.ts";
import { type FieldSet, LEAF, type OpenSet, union } from "./field-set.ts";
import { itemsByElement } from "./list-items.ts";

/** What is different between two objects. */
export interface Comparison {
  /** Fields that are new or have another value. */
  readonly set: FieldSet;
  /** Fields that are gone. */
  readonly removed: FieldSet;
}

/** Compares two objects of a type in one walk. */
export const compare = (type: FieldType, before: Fields, after: Fields): Comparison => {
  const { set, removed } = difference(type, before, after);
  return { set: set ?? LEAF, removed: removed ?? LEAF };
};

/** What is below one element; undefined where nothing of it is different. */
interface Nodes {
  readonly set: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const SAME: Nodes = { set: undefined, removed: undefined };
const CHANGED: Nodes = { set: LEAF, removed: undefined };

const difference = (type: FieldType, before: unknown, after: unknown): Nodes => {
  if (before === undefined) return { set: allOf(type, after), removed: undefined };
  if (after === undefined) return { set: undefined, removed: allOf(type, before) };
  const [was, is] = [formOf(type, before), formOf(type, after)];
  const now = inForm(type, is, before, after);
  if (was === is) return now;
  const then = inForm(type, was, before, after);
  return { set: merged(then.set, now.set), removed: merged(then.removed, now.removed) };
};

const inForm = (type: FieldType, form: Form, before: unknown, after: unknown): Nodes => {
  if (form === "map" && type.map !== undefined) return ofMaps(type.map, before, after);
  if (form === "list" && type.list !== undefined) return ofLists(type.list, before, after);
  return sameData(before, after) ? SAME : CHANGED;
};

const ofMaps = (type: MapType, before: unknown, after: unknown): Nodes => {
  const [left, right] = [membersOf(before), membersOf(after)];
  const leftNames = Object.keys(left);
  const rightNames = Object.keys(right);
  if (type.atomic || (leftNames.length === 0 && rightNames.length === 0))
    return sameData(before, after) ? SAME : CHANGED;
  const found: Found = { set: undefined, removed: undefined };
  for (const name of leftNames) {
    const now = Object.hasOwn(right, name) ? right[name] : undefined;
    if (now !== left[name]) putField(found, type.field(name), left[name], now);
  }
  for (const name of rightNames)
    if (!Object.hasOwn(left, name)) putField(found, type.field(name), undefined, right[name]);
  return found;
};

const ofLists = (type: ListType, before: unknown, after: unknown): Nodes => {
  const [left, right] = [itemsOf(before), itemsOf(after)];
  if (type.atomic || (left.length === 0 && right.length === 0)) return sameData(before, after) ? SAME : CHANGED;
  const [was, is] = [itemsByElement(type, left), itemsByElement(type, right)];
  const item = type.item();
  const found: Found = { set: undefined, removed: undefined };
  for (const [element, old] of was) {
    const now = is.get(element) ?? [];
    if (old.length < 2 && now.length < 2) put(found, element, difference(item, old[0], now[0]));
    else if (old.length >= 2 && now.length >= 2) put(found, element, sameData(old, now) ? SAME : CHANGED);
    else if (old.length >= 2) {
      // Items that were there twice had no owner of their fields; the one that is left gets one.
      if (now.length > 0) put(found, element, difference(item, undefined, now[0]));
      put(found, element, { set: undefined, removed: LEAF });
    } else {
      put(found, element, difference(item, old[0], undefined));
      put(found, element, CHANGED);
    }
  }
  for (const [element, now] of is) {
    if (was.has(element)) continue;
    put(found, element, now.length < 2 ? difference(item, undefined, now[0]) : CHANGED);
  }
  return found;
};

/** What is found below one element, while it is looked for. */
interface Found {
  set: OpenSet | undefined;
  removed: OpenSet | undefined;
}

const putField = (found: Found, field: Field | undefined, before: unknown, after: unknown): void => {
  if (field !== undefined && (before !== undefined || after !== undefined))
    put(found, field.element, difference(field.type, before, after));
};

const put = (found: Found, element: string, { set, removed }: Nodes): void => {
  if (set !== undefined) (found.set ??= {})[element] = merged(found.set[element], set) ?? LEAF;
  if (removed !== undefined) (found.removed ??= {})[element] = merged(found.removed[element], removed) ?? LEAF;
};

const merged = (left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined => {
  if (left === undefined || right === undefined) return left ?? right;
  // Both belong to one element, of which a leaf says that it is in the set itself.
  const { element } = union({ element: left }, { element: right });
  return element;
};

/** The node of a value that is there on one side only: it and everything in it. */
const allOf = (type: FieldType, value: unknown): FieldSet => {
  const form = formOf(type, value);
  const { map, list } = type;
  if (form === "map" && map !== undefined && !map.atomic) return allOfMap(map, membersOf(value));
  if (form === "list" && list !== undefined && !list.atomic) return allOfList(list, itemsOf(value));
  return LEAF;
};

const allOfMap = (type: MapType, members: Fields): FieldSet => {
  const names = Object.keys(members);
  if (names.length === 0) return LEAF;
  const out: OpenSet = { ".": LEAF };
  for (const name of names) {
    const field = type.field(name);
    if (field !== undefined) out[field.element] = allOf(field.type, members[name]);
  }
  return out;
};

const allOfList = (type: ListType, list: readonly unknown[]): FieldSet => {
  if (list.length === 0) return LEAF;
  const out: OpenSet = { ".": LEAF };
  for (const [element, items] of itemsByElement(type, list))
    out[element] = items.length > 1 ? LEAF : allOf(type.item(), items[0]);
  return out;
};

const NO_MEMBERS: Fields = {};
const NO_ITEMS: readonly unknown[] = [];

export const membersOf = (value: unknown): Fields => (isFields(value) ? value : NO_MEMBERS);

export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : NO_ITEMS);

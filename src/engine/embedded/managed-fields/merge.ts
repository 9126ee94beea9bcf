import { type Fields } from "../schema/data.ts";
import { itemsOf, membersOf } from "./compare.ts";
import { type FieldType, type ListType, type MapType, formOf } from "./field-type.ts";
import { hasNoElement, itemElement } from "./list-items.ts";

/** An object with what another sets laid over it. Values of the second win; nothing is removed. Neither is changed. */
export const merge = (type: FieldType, live: Fields, applied: Fields): Fields =>
  mergeValue(type, live, applied) as Fields;

const mergeValue = (type: FieldType, live: unknown, applied: unknown): unknown => {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const form = formOf(type, applied);
  if (form === "map" && type.map !== undefined) return mergeMaps(type.map, live, applied);
  if (form === "list" && type.list !== undefined) return mergeLists(type.list, live, applied);
  return applied;
};

const mergeMaps = (type: MapType, live: unknown, applied: unknown): unknown => {
  const [left, right] = [membersOf(live), membersOf(applied)];
  if (type.atomic || (Object.keys(left).length === 0 && Object.keys(right).length === 0)) return applied;
  const out: Fields = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const field = type.field(name);
    out[name] =
      field === undefined ? value : mergeValue(field.type, Object.hasOwn(left, name) ? left[name] : undefined, value);
  }
  return out;
};

interface Item {
  readonly element: string;
  readonly value: unknown;
}

/** Items of the applied list in its order; items that only the live list has come where that allows it, as they were. */
const mergeLists = (type: ListType, live: unknown, applied: unknown): unknown => {
  const [left, right] = [elementsIn(type, itemsOf(live)), elementsIn(type, itemsOf(applied))];
  if (type.atomic || (left.length === 0 && right.length === 0)) return applied;
  const lives = new Map<string, unknown>();
  // Of items that are there twice none is the one to merge with.
  for (const { element, value } of left) lives.set(element, lives.has(element) ? null : value);
  const wanted = new Set(right.map(({ element }) => element));
  const shared = right.filter(({ element }) => lives.has(element)).map(({ element }) => element);
  const out: unknown[] = [];
  let at = 0;
  let nextShared = 0;
  const takeLive = (): void => {
    for (let item = left[at]; item !== undefined; item = left[at]) {
      if (!wanted.has(item.element)) out.push(item.value);
      else if (item.element === shared[nextShared]) return;
      at++;
    }
  };
  for (const { element, value } of right) {
    takeLive();
    out.push(mergeValue(type.item(), lives.get(element), value));
    if (element === shared[nextShared]) nextShared++;
  }
  takeLive();
  return out;
};

const elementsIn = (type: ListType, items: readonly unknown[]): Item[] =>
  type.atomic
    ? []
    : items
        .map((value) => ({ element: itemElement(type, value), value }))
        .filter(({ element }) => !hasNoElement(element));

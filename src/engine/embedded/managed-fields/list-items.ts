import { isFields } from "../schema/data.ts";
import type { ListType } from "./field-type.ts";
import { scalarText, valueElement } from "./path-element.ts";

/** The path element of an item of a list that is not owned as a whole; a text with a space in front says why it has none. */
export const itemElement = (type: ListType, item: unknown): string => {
  if (type.keys.length === 0) return scalarElement(item);
  if (item === null) return " associative list with keys may not have a null element";
  if (!isFields(item)) return " associative list with keys may not have non-map elements";
  let keys = "";
  for (const key of type.keys) {
    const value = Object.hasOwn(item, key) ? item[key] : type.keyDefault(key);
    if (value !== undefined) keys += `${keys === "" ? "" : ","}${JSON.stringify(key)}:${scalarText(value)}`;
  }
  if (keys !== "") return `k:{${keys}}`;
  const names = type.keys.map((key) => JSON.stringify(key)).join(" ");
  return ` associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
};

export const hasNoElement = (element: string): boolean => element.startsWith(" ");

const scalarElement = (item: unknown): string => {
  if (item === null) return " associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return " not supported: associative list with lists as elements";
  return typeof item === "object"
    ? " associative list without keys has an element that's a map type"
    : valueElement(item);
};

/** The items of a list by their elements, in the order of the list. Items without an element are left out. */
export const itemsByElement = (type: ListType, list: readonly unknown[]): Map<string, unknown[]> => {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElement(type, item);
    if (hasNoElement(element)) continue;
    const same = items.get(element);
    if (same === undefined) items.set(element, [item]);
    else same.push(item);
  }
  return items;
};

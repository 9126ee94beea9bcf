import { serverError } from "../../api/server-error.ts";
import { type Fields, isFields } from "../../schema/data.ts";
import { goText, goType } from "../go-value.ts";
import { PatchError } from "../json-patch.ts";

/** An object of JSON data. */
export type Members = Fields;

export const PATCH = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const ELEMENT_ORDER = "$setElementOrder";
export const DELETE_FROM = "$deleteFromPrimitiveList";

export const isMembers = isFields;

export const asMembers = (value: unknown): Members => {
  if (!isMembers(value)) throw wrongType("map[string]interface {}", value);
  return value;
};

export const asList = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw wrongType("[]interface {}", value);
  return value as readonly unknown[];
};

/** The field that a directive such as `$setElementOrder/containers` is about. */
export const fieldOfDirective = (key: string): string => key.slice(key.indexOf("/") + 1);

/** The object without some of its members. */
export const withoutMembers = (object: Members, isGone: (key: string) => boolean): Members =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !isGone(key)));

/** Whether the lists have objects as elements; all elements have one type. Undefined where there are no elements. */
export const hasObjects = (...lists: readonly (readonly unknown[])[]): boolean | undefined => {
  const types = new Set(lists.flat().map(goType));
  if (types.has("[]interface {}")) throw new PatchError("lists of lists are not supported");
  if (types.size > 1) throw serverError(`list element types are not identical: ${goText(lists)}`);
  const [type] = types;
  return type === undefined ? undefined : type === "map[string]interface {}";
};

export const wrongType = (expected: string, value: unknown): Error =>
  serverError(`expected a ${expected}, but received a ${goType(value)}`);

const noMergeKey = (item: Members, key: string): Error =>
  serverError(`map: ${goText(item)} does not contain declared merge key: ${key}`);

/** The merge key of an item. */
export const keyOf = (item: unknown, key: string): unknown => {
  if (!isMembers(item)) throw serverError("value for key 0 is not a map");
  if (!Object.hasOwn(item, key)) throw noMergeKey(item, key);
  return item[key];
};

export const wrongPatchType = (directive: unknown, patch: Members): Error =>
  serverError(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);

import type { StatusCause } from "../api/status.ts";
import { duplicate, invalidValue } from "./cause.ts";
import { type Fields, isFields, member } from "./data.ts";
import { goJson } from "./go-text.ts";
import type { Schema } from "./schema.ts";

/** Elements of lists of type `set`, and keys of lists of type `map`, that come again. */
export const validateListTypes = (value: unknown, schema: Schema, path = ""): StatusCause[] => {
  if (Array.isArray(value)) return validateList(value, schema, path);
  if (!isFields(value)) return [];
  const { additionalProperties } = schema;
  return Object.entries(value).flatMap(([key, inner]) => {
    const property = member(schema.properties, key);
    if (property !== undefined) return validateListTypes(inner, property, path === "" ? key : `${path}.${key}`);
    return typeof additionalProperties === "object"
      ? validateListTypes(inner, additionalProperties, `${path}[${key}]`)
      : [];
  });
};

const validateList = (list: readonly unknown[], schema: Schema, path: string): StatusCause[] => {
  const { items } = schema;
  const type = schema["x-kubernetes-list-type"];
  const own = type === "set" ? repeated(list, list, path) : type === "map" ? validateMap(list, schema, path) : [];
  const inner = items === undefined ? [] : list.flatMap((item, at) => validateListTypes(item, items, `${path}[${at}]`));
  return [...own, ...inner];
};

const validateMap = (list: readonly unknown[], schema: Schema, path: string): StatusCause[] => {
  const odd = list.findIndex((item) => item !== null && !isFields(item));
  if (odd >= 0) return [invalidValue(`${path}[${odd}]`, list[odd], "must be an object for an array of list-type map")];
  const names = schema["x-kubernetes-list-map-keys"] ?? [];
  const keys = list.map((item) => {
    const present = names.filter((name) => isFields(item) && Object.hasOwn(item, name));
    return Object.fromEntries(present.map((name) => [name, (item as Fields)[name]]));
  });
  return repeated(keys, keys, path);
};

/** Only the first repetition of a value is told. */
const repeated = (list: readonly unknown[], shown: readonly unknown[], path: string): StatusCause[] => {
  const times = new Map<string, number>();
  return list.flatMap((item, at) => {
    const text = goJson(item);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 1 ? [duplicate(`${path}[${at}]`, shown[at])] : [];
  });
};

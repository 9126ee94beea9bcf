import { type Fields, isFields, member } from "../data.ts";
import type { Schema } from "../schema.ts";

/** What CEL needs of the library for values that JSON does not have. */
export interface ValueTypes {
  duration(text: string): unknown;
}

/** JSON as CEL sees it by its schema: integers as bigint, fields by their escaped names, dates and durations as such. */
export const celValue = (value: unknown, schema: Schema | undefined, types: ValueTypes): unknown => {
  if (typeof value === "number") return schema?.type !== "number" && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "string") return celText(value, schema, types);
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items, types));
  return isFields(value) ? celMap(value, schema, types) : value;
};

const celText = (text: string, schema: Schema | undefined, types: ValueTypes): unknown => {
  if (schema?.type !== "string") return text;
  if (schema.format === "date-time" || schema.format === "datetime") return new Date(text);
  if (schema.format === "date") return new Date(`${text}T00:00:00Z`);
  if (schema.format === "duration") return types.duration(text);
  return schema.format === "byte" ? new Uint8Array(Buffer.from(text, "base64")) : text;
};

const celMap = (fields: Fields, schema: Schema | undefined, types: ValueTypes): Map<string, unknown> => {
  const additional = schema?.additionalProperties;
  const map = new Map<string, unknown>();
  for (const [key, value] of Object.entries(fields)) {
    const property = member(schema?.properties, key);
    if (property !== undefined) map.set(escapedName(key), celValue(value, property, types));
    else map.set(key, celValue(value, typeof additional === "object" ? additional : undefined, types));
  }
  return map;
};

const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A field's name as rules write it: `x-y` is `x__dash__y`. */
export const escapedName = (name: string): string => {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
};

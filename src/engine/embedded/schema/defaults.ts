import { jsonCopy } from "../../../lib/json-copy.ts";
import { type Fields, isFields, member } from "./data.ts";
import type { Schema } from "./schema.ts";

/** Drops in place nulls that may not be and have no default, then sets defaults: Kubernetes' order. Idempotent. */
export const applyDefaults = (object: Fields, schema: Schema): void => {
  dropNulls(object, schema);
  setDefaults(object, schema);
};

const dropNulls = (value: unknown, schema: Schema | undefined): void => {
  if (Array.isArray(value)) for (const item of value) dropNulls(item, schema?.items);
  if (!isFields(value)) return;
  for (const key of Object.keys(value)) {
    const inner = schemaOf(schema, key);
    if (isBadNull(value[key], inner) && !hasDefault(inner)) delete value[key];
    else dropNulls(value[key], inner);
  }
};

const setDefaults = (value: unknown, schema: Schema | undefined): void => {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (isBadNull(item, schema.items)) value[index] = copy(schema.items?.default);
      setDefaults(value[index], schema.items);
    }
    return;
  }
  if (!isFields(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {}))
    if (hasDefault(property) && (!Object.hasOwn(value, key) || isBadNull(value[key], property)))
      value[key] = copy(property.default);
  for (const key of Object.keys(value)) {
    const inner = schemaOf(schema, key);
    if (isBadNull(value[key], inner) && hasDefault(inner)) value[key] = copy(inner?.default);
    setDefaults(value[key], inner);
  }
};

const isBadNull = (value: unknown, schema: Schema | undefined): boolean =>
  value === null && schema !== undefined && schema.nullable !== true;

const hasDefault = (schema: Schema | undefined): boolean => schema?.default !== undefined && schema.default !== null;

const copy = (value: unknown): unknown => (value === undefined ? null : jsonCopy(value));

const schemaOf = (schema: Schema | undefined, key: string): Schema | undefined => {
  const additional = schema?.additionalProperties;
  return member(schema?.properties, key) ?? (typeof additional === "object" ? additional : undefined);
};

import { type Fields, isFields, member } from "./data.ts";
import { META_SCHEMA } from "./meta-schema.ts";
import type { Schema } from "./schema.ts";

const TYPE_META = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Drops in place what a schema does not have, and says what that was, as strict field validation words it:
 * `unknown field "spec.a[0].b"`, sorted. `apiVersion` and `kind` of the object itself always stay.
 */
export const prune = (object: Fields, schema: Schema): string[] => {
  const unknown: string[] = [];
  pruneValue(object, { ...schema, "x-kubernetes-embedded-resource": true }, "", unknown);
  return unknown.sort((a, b) => (a < b ? -1 : 1)).map((path) => `unknown field ${JSON.stringify(path)}`);
};

/** Drops in place what the schema of a value that is no object of its own does not have. */
export const pruneAgainst = (value: unknown, schema: Schema): void => pruneValue(value, schema, "", []);

const pruneValue = (value: unknown, schema: Schema | undefined, path: string, unknown: string[]): void => {
  if (schema?.["x-kubernetes-preserve-unknown-fields"] === true) return keepUnknown(value, schema, path, unknown);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) pruneValue(item, schema?.items, `${path}[${index}]`, unknown);
    return;
  }
  if (!isFields(value)) return;
  for (const key of Object.keys(value)) {
    const at = join(path, key);
    if (pruneTypeMeta(value, key, schema, at, unknown)) continue;
    const inner = fieldSchema(schema, key);
    if (inner !== undefined) pruneValue(value[key], inner.schema, at, unknown);
    else {
      unknown.push(at);
      delete value[key];
    }
  }
};

/** Known fields below are pruned all the same. */
const keepUnknown = (value: unknown, schema: Schema | undefined, path: string, unknown: string[]): void => {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) keepUnknown(item, schema.items, `${path}[${index}]`, unknown);
    return;
  }
  if (!isFields(value)) return;
  for (const key of Object.keys(value)) {
    const at = join(path, key);
    if (pruneTypeMeta(value, key, schema, at, unknown)) continue;
    const inner = fieldSchema(schema, key);
    if (inner !== undefined) pruneValue(value[key], inner.schema, at, unknown);
  }
};

/** Whether the field is one that every Kubernetes object has; its metadata is pruned by Kubernetes' own schema. */
const pruneTypeMeta = (
  value: Fields,
  key: string,
  schema: Schema | undefined,
  path: string,
  unknown: string[],
): boolean => {
  if (schema?.["x-kubernetes-embedded-resource"] !== true || !TYPE_META.has(key)) return false;
  if (key === "metadata") pruneValue(value[key], META_SCHEMA, path, unknown);
  return true;
};

const fieldSchema = (schema: Schema | undefined, key: string): { schema: Schema | undefined } | undefined => {
  const property = member(schema?.properties, key);
  if (property !== undefined) return { schema: property };
  const additional = schema?.additionalProperties;
  if (additional === undefined || additional === false) return undefined;
  return { schema: additional === true ? undefined : additional };
};

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

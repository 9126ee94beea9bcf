import { isFields } from "./data.ts";
import { loadPatterns, needsLoading } from "./pattern.ts";
import type { Schema } from "./schema.ts";

const prepared = new WeakSet<Schema>();

/** Loads what validating by a schema needs: once per schema, nothing for most. */
export const prepareSchema = async (schema: Schema): Promise<void> => {
  if (prepared.has(schema)) return;
  if (someSchema(schema, ({ pattern = "" }) => pattern !== "" && needsLoading(pattern))) await loadPatterns();
  prepared.add(schema);
};

/** Whether a schema or one in it is such. Safe for schemas that contain themselves. */
export const someSchema = (schema: Schema, is: (schema: Schema) => boolean): boolean => {
  const seen = new Set<Schema>();
  const waiting: Schema[] = [schema];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (is(one)) return true;
    waiting.push(...childrenOf(one));
  }
  return false;
};

export const childrenOf = (schema: Schema): Schema[] => {
  const single = [schema.items, schema.not, schema.additionalProperties].filter((one) => isFields(one)) as Schema[];
  const lists = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => list ?? []);
  return [...single, ...lists, ...Object.values(schema.properties ?? {})];
};

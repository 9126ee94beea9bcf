import type { JsonSchema } from "../../src/crds/schema.ts";

/** A value with every field that a schema knows, valid by itself; rules between fields are not looked at. */
export const fullSample = (schema: JsonSchema, name = "value"): unknown => {
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return { anything: "goes" };
  if (schema.type === "array") return [fullSample(schema.items ?? {}, name)];
  if (schema.type === "boolean") return true;
  if (schema.type === "integer") return Math.max(1, schema.minimum ?? 1);
  if (schema.type === "string")
    return schema.format === "date-time" ? "2026-01-02T03:04:05Z" : `some-${name.toLowerCase()}`;
  if (schema.additionalProperties !== undefined) return { key: fullSample(schema.additionalProperties, name) };
  return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, one]) => [key, fullSample(one, key)]));
};

/** Every schema inside a schema with its path, itself first. */
export const schemasIn = (schema: JsonSchema, path = ""): [string, JsonSchema][] => [
  [path, schema],
  ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) => schemasIn(one, `${path}.${key}`)),
  ...(schema.items === undefined ? [] : schemasIn(schema.items, `${path}[]`)),
  ...(schema.additionalProperties === undefined ? [] : schemasIn(schema.additionalProperties, `${path}{}`)),
];

import { jsonCopy } from "../../../lib/json-copy.ts";
import type { StatusCause } from "../api/status.ts";
import { invalidValue } from "../schema/cause.ts";
import { isFields, sameData } from "../schema/data.ts";
import { pruneAgainst } from "../schema/prune.ts";
import type { Schema } from "../schema/schema.ts";
import { validateSchema } from "../schema/validate.ts";

/** Defaults that their own schema would refuse or prune. */
export const validateDefaults = (schema: Schema, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { default: value, items, properties = {} } = schema;
  if (value !== undefined && value !== null) causes.push(...defaultCauses(value, schema, `${path}.default`));
  if (isFields(items)) causes.push(...validateDefaults(items, `${path}.items`));
  for (const [name, property] of Object.entries(properties))
    causes.push(...validateDefaults(property, `${path}.properties[${name}]`));
  return causes;
};

const defaultCauses = (value: unknown, schema: Schema, path: string): StatusCause[] => {
  const pruned = jsonCopy(value);
  pruneAgainst(pruned, schema);
  return [
    ...(sameData(pruned, value) ? [] : [invalidValue(path, value, "must not have unknown fields")]),
    ...validateSchema(value, schema).map((cause) => ({ ...cause, field: below(path, cause.field ?? "") })),
  ];
};

const below = (path: string, field: string): string =>
  field === "" || field === "<nil>" ? path : field.startsWith("[") ? `${path}${field}` : `${path}.${field}`;

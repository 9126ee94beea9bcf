import type { StatusCause } from "../api/status.ts";
import { required } from "../schema/cause.ts";
import { member } from "../schema/data.ts";
import type { Schema } from "../schema/schema.ts";

/** Fields that only alternatives at the root of a schema name: Kubernetes wants them in the schema proper as well. */
export const validateCompleteness = (schema: Schema, path: string): StatusCause[] =>
  alternativeCauses(schema, schema, path, path);

const alternativeCauses = (value: Schema, schema: Schema, path: string, at: string): StatusCause[] => [
  ...(value.not === undefined ? [] : nestedCauses(value.not, schema, path, `${at}.not`)),
  ...(["allOf", "anyOf", "oneOf"] as const).flatMap((keyword) =>
    (value[keyword] ?? []).flatMap((one, index) => nestedCauses(one, schema, path, `${at}.${keyword}[${index}]`)),
  ),
];

const nestedCauses = (value: Schema, schema: Schema | undefined, path: string, at: string): StatusCause[] => {
  if (schema === undefined) return [required(path, `because it is defined in ${at}`)];
  return [
    ...alternativeCauses(value, schema, path, at),
    ...(value.items === undefined ? [] : nestedCauses(value.items, schema.items, `${path}.items`, `${at}.items`)),
    ...Object.entries(value.properties ?? {}).flatMap(([name, property]) =>
      nestedCauses(
        property,
        member(schema.properties, name),
        `${path}.properties[${name}]`,
        `${at}.properties[${name}]`,
      ),
    ),
  ];
};

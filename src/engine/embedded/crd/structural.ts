import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, required } from "../schema/cause.ts";
import { member, sameData } from "../schema/data.ts";
import { matcherOf, PatternError } from "../schema/pattern.ts";
import type { Schema } from "../schema/schema.ts";
import { validateCompleteness } from "./completeness.ts";

type Level = "root" | "item" | "field";

/** What keeps a schema from being structural: every value has one type outside of alternatives. Sorted. */
export const validateStructural = (schema: Schema, path: string): StatusCause[] => {
  const causes = [...validateNode(schema, "root", path), ...validateCompleteness(schema, path)];
  const textOf = ({ field = "", message }: StatusCause): string => `${field}: ${message}`;
  return causes.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
};

const validateNode = (schema: Schema, level: Level, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { items, properties = {}, additionalProperties } = schema;
  if (schema.type === "array" && items === undefined) causes.push(required(`${path}.items`, "must be specified"));
  if (items !== undefined) causes.push(...validateNode(items, "item", `${path}.items`));
  for (const [name, property] of Object.entries(properties))
    causes.push(...validateNode(property, "field", `${path}.properties[${name}]`));
  if (additionalProperties !== undefined) {
    if (level === "root") causes.push(forbidden(`${path}.additionalProperties`, "must not be used at the root"));
    if (typeof additionalProperties === "object")
      causes.push(...validateNode(additionalProperties, "field", `${path}.additionalProperties`));
  }
  causes.push(...extensionCauses(schema, path), ...valueCauses(schema, path, skips(schema)));
  causes.push(...typeCauses(schema, level, path), ...metaCauses(schema, level, path));
  return causes;
};

const extensionCauses = (schema: Schema, path: string): StatusCause[] => {
  if (schema["x-kubernetes-int-or-string"] !== true) return [];
  return (["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const)
    .filter((name) => schema[name] === true)
    .map((name) => invalidValue(`${path}.${name}`, true, "must be false if x-kubernetes-int-or-string is true"));
};

const EMPTY: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

const typeCauses = (schema: Schema, level: Level, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { type = "" } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (embedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    causes.push(type === "" ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail));
  } else if (type === "" && schema["x-kubernetes-int-or-string"] !== true && !preserves)
    causes.push(required(`${path}.type`, EMPTY[level]));
  if (embedded && schema.additionalProperties !== undefined)
    causes.push(forbidden(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set"));
  if (level === "root" && type !== "" && type !== "object")
    causes.push(invalidValue(`${path}.type`, type, "must be object at the root"));
  if (embedded && !preserves && Object.keys(schema.properties ?? {}).length === 0)
    causes.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  return causes;
};

const metaCauses = (schema: Schema, level: Level, path: string): StatusCause[] => {
  if (level !== "root" && schema["x-kubernetes-embedded-resource"] !== true) return [];
  const causes: StatusCause[] = [];
  for (const name of ["kind", "apiVersion"]) {
    const property = member(schema.properties, name);
    if (property !== undefined && property.type !== "string")
      causes.push(invalidValue(`${path}.properties[${name}].type`, property.type ?? "", "must be string"));
  }
  const metadata = member(schema.properties, "metadata");
  if (metadata === undefined) return causes;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") causes.push(invalidValue(`${at}.type`, metadata.type ?? "", "must be object"));
  if (level === "root" && saysMore(metadata))
    causes.push(
      forbidden(at, "must not specify anything other than name and generateName, but metadata is implicitly specified"),
    );
  return causes;
};

/** Whether a schema of metadata restricts more than the names. */
const saysMore = (metadata: Schema): boolean => {
  const { type: _type, default: _default, properties = {}, ...rest } = metadata;
  const other = Object.keys(properties).some((name) => name !== "name" && name !== "generateName");
  return other || Object.values(rest).some((value) => value !== undefined && value !== "" && value !== false);
};

interface Skips {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}

const NO_SKIPS: Skips = { anyOf: false, firstAllOf: false };
const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];

/** Two ways to write an int-or-string are allowed types in alternatives. */
const skips = (schema: Schema): Skips => ({
  anyOf: sameData(schema.anyOf, INT_OR_STRING),
  firstAllOf: sameData(schema.allOf?.[0]?.anyOf, INT_OR_STRING),
});

const valueCauses = (schema: Schema, path: string, skip: Skips): StatusCause[] => {
  const causes: StatusCause[] = [];
  if (!skip.anyOf)
    for (const [at, one] of (schema.anyOf ?? []).entries()) causes.push(...nestedCauses(one, `${path}.anyOf[${at}]`));
  for (const [at, one] of (schema.allOf ?? []).entries())
    causes.push(
      ...nestedCauses(one, `${path}.allOf[${at}]`, { anyOf: skip.firstAllOf && at === 0, firstAllOf: false }),
    );
  for (const [at, one] of (schema.oneOf ?? []).entries()) causes.push(...nestedCauses(one, `${path}.oneOf[${at}]`));
  if (schema.not !== undefined) causes.push(...nestedCauses(schema.not, `${path}.not`));
  return [...causes, ...patternCauses(schema, path)];
};

const patternCauses = ({ pattern = "" }: Schema, path: string): StatusCause[] => {
  if (pattern === "") return [];
  try {
    matcherOf(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const detail = `must be a valid regular expression, but isn't: ${error.message}`;
    return [invalidValue(`${path}.pattern`, pattern, detail)];
  }
};

const UNDEFINED = "must be undefined to be structural";
const EMPTY_TO_BE = "must be empty to be structural";
const FALSE_TO_BE = "must be false to be structural";

/** Keywords that say what a value is: not for alternatives, which only restrict it. */
const NOT_NESTED: readonly (readonly [keyof Schema, string])[] = [
  ["type", EMPTY_TO_BE],
  ["additionalProperties", UNDEFINED],
  ["default", UNDEFINED],
  ["title", EMPTY_TO_BE],
  ["description", EMPTY_TO_BE],
  ["nullable", FALSE_TO_BE],
  ["x-kubernetes-preserve-unknown-fields", FALSE_TO_BE],
  ["x-kubernetes-embedded-resource", FALSE_TO_BE],
  ["x-kubernetes-int-or-string", FALSE_TO_BE],
  ["x-kubernetes-list-map-keys", EMPTY_TO_BE],
  ["x-kubernetes-list-type", UNDEFINED],
  ["x-kubernetes-map-type", UNDEFINED],
  ["x-kubernetes-validations", EMPTY_TO_BE],
];

const nestedCauses = (schema: Schema, path: string, skip: Skips = NO_SKIPS): StatusCause[] => {
  const causes = valueCauses(schema, path, skip);
  if (schema.items !== undefined) causes.push(...nestedCauses(schema.items, `${path}.items`));
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    causes.push(...nestedCauses(property, `${path}.properties[${name}]`));
  for (const [name, detail] of NOT_NESTED) if (isSet(schema[name])) causes.push(forbidden(`${path}.${name}`, detail));
  if (member(schema.properties, "metadata") !== undefined)
    causes.push(forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context"));
  return causes;
};

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);

import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { isFields, member } from "../schema/data.ts";
import type { Schema } from "../schema/schema.ts";

interface Context {
  readonly path: string;
  readonly root: boolean;
  /** Why there may be no default here. */
  readonly noDefault?: string;
  readonly inMeta?: boolean;
}

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const META = new Set(["apiVersion", "kind", "metadata"]);

/** What Kubernetes' rules for OpenAPI in CustomResourceDefinitions have against a schema, beside its structure. */
export const validateOpenApi = (schema: Schema, path: string): StatusCause[] =>
  validateNode(schema, { path, root: true });

const validateNode = (schema: Schema, context: Context): StatusCause[] => [
  ...keywordCauses(schema, context),
  ...uniqueItemsCauses(schema, context),
  ...innerCauses(schema, context),
  ...mapTypeCauses(schema, context.path),
  ...listTypeCauses(schema, context.path),
  ...listMapCauses(schema, context.path),
  ...keyCauses(schema, context.path),
  ...ruleCauses(schema, context.path),
];

const FORBIDDEN_KEYWORDS: readonly (readonly [string, string])[] = [
  ["id", "id is not supported"],
  ["additionalItems", "additionalItems is not supported"],
  ["patternProperties", "patternProperties is not supported"],
  ["definitions", "definitions is not supported"],
  ["dependencies", "dependencies is not supported"],
  ["$ref", "$ref is not supported"],
];

const keywordCauses = (schema: Schema, { path, noDefault, inMeta }: Context): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { type } = schema;
  if (type !== undefined && !TYPES.includes(type)) causes.push(notSupported(`${path}.type`, type, TYPES));
  if (schema.default !== undefined && noDefault !== undefined)
    causes.push(forbidden(`${path}.default`, `must not be set ${noDefault}`));
  for (const [name, detail] of FORBIDDEN_KEYWORDS)
    if (Object.hasOwn(schema, name)) causes.push(forbidden(`${path}.${name}`, detail));
  if ((type as string | undefined) === "null")
    causes.push(forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative"));
  if (Array.isArray(schema.items))
    causes.push(forbidden(`${path}.items`, "items must be a schema object and not an array"));
  if (inMeta === true && schema["x-kubernetes-embedded-resource"] === true)
    causes.push(forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta"));
  return causes;
};

const uniqueItemsCauses = ({ uniqueItems }: Schema, { path }: Context): StatusCause[] =>
  uniqueItems === true
    ? [
        forbidden(
          `${path}.uniqueItems`,
          "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ),
      ]
    : [];

const innerCauses = (schema: Schema, context: Context): StatusCause[] => {
  const { path, root, noDefault, inMeta } = context;
  const inherited = { ...(noDefault === undefined ? {} : { noDefault }), ...(inMeta === undefined ? {} : { inMeta }) };
  const inner = (one: Schema, at: string, more: Partial<Context> = {}): StatusCause[] =>
    validateNode(one, { ...inherited, root: false, ...more, path: `${path}.${at}` });
  const causes: StatusCause[] = [];
  const { additionalProperties, properties = {} } = schema;
  if (additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0)
    causes.push(forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"));
  if (typeof additionalProperties === "object") {
    const meta = inMeta === true ? { noDefault: "inside additionalProperties applying to object metadata" } : {};
    causes.push(...inner(additionalProperties, "additionalProperties", meta));
  }
  for (const [name, property] of Object.entries(properties)) {
    const isMeta = (root || schema["x-kubernetes-embedded-resource"] === true) && META.has(name);
    const meta = isMeta ? { inMeta: true, ...(root ? { noDefault: `in top-level ${name}` } : {}) } : {};
    causes.push(...inner(property, `properties[${name}]`, meta));
  }
  if (schema.not !== undefined) causes.push(...inner(schema.not, "not"));
  for (const keyword of ["allOf", "oneOf", "anyOf"] as const)
    for (const [at, one] of (schema[keyword] ?? []).entries()) causes.push(...inner(one, `${keyword}[${at}]`));
  if (isFields(schema.items)) causes.push(...inner(schema.items, "items"));
  return causes;
};

const mapTypeCauses = (schema: Schema, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { type = "" } = schema;
  const mapType = schema["x-kubernetes-map-type"];
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    causes.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  if (mapType === undefined) return causes;
  const detail = "must be object if x-kubernetes-map-type is specified";
  if (type !== "object")
    causes.push(type === "" ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail));
  if (!["atomic", "granular"].includes(mapType))
    causes.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
  return causes;
};

const listTypeCauses = (schema: Schema, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { type = "", items } = schema;
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType !== undefined && type !== "array") {
    const detail = "must be array if x-kubernetes-list-type is specified";
    causes.push(type === "" ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail));
  } else if (listType === "set" && items !== undefined) causes.push(...setItemCauses(items, path));
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType))
    causes.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]));
  if (keys.length > 0 && listType !== "map") {
    const at = `${path}.x-kubernetes-list-type`;
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    causes.push(listType === undefined ? required(at, detail) : invalidValue(at, listType, detail));
  }
  return causes;
};

const setItemCauses = (items: Schema, path: string): StatusCause[] => {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"] ?? null;
  if (items.type === "array" && listType !== null && listType !== "atomic")
    return [invalidValue(`${path}.items.x-kubernetes-list-type`, listType, detail)];
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic")
    return [invalidValue(`${path}.items.x-kubernetes-map-type`, listType, detail)];
  return [];
};

const listMapCauses = (schema: Schema, path: string): StatusCause[] => {
  if (schema["x-kubernetes-list-type"] !== "map") return [];
  const causes: StatusCause[] = [];
  const { items } = schema;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const keysAt = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) causes.push(required(keysAt, "must not be empty if x-kubernetes-list-type is map"));
  if (items === undefined)
    return [...causes, required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map")];
  if (items.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...causes, invalidValue(`${path}.items.type`, items.type ?? "", detail)];
  }
  for (const [at, key] of keys.entries()) {
    const property = member(items.properties, key);
    if (property === undefined) causes.push(invalidValue(keysAt, keys, "entries must all be names of item properties"));
    else if (property.type === "array" || property.type === "object")
      causes.push(
        invalidValue(
          `${path}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (keys.indexOf(key) < at) causes.push(invalidValue(keysAt, keys, "must not contain duplicate entries"));
  }
  return causes;
};

const keyCauses = (schema: Schema, path: string): StatusCause[] => {
  const { items } = schema;
  const listType = schema["x-kubernetes-list-type"];
  if (items === undefined || (listType !== "set" && listType !== "map")) return [];
  const causes: StatusCause[] = [];
  if (items.nullable === true)
    causes.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === "set") return causes;
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = member(items.properties, key);
    if (property === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    if (!(items.required ?? []).includes(key) && property.default === undefined)
      causes.push(
        required(
          `${at}.default`,
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
      );
    if (property.nullable === true)
      causes.push(
        forbidden(`${at}.nullable`, "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"),
      );
  }
  return causes;
};

const hasNewlines = (text: string): boolean => /[\n\r]/.test(text);

const ruleCauses = (schema: Schema, path: string): StatusCause[] =>
  (schema["x-kubernetes-validations"] ?? []).flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const causes: StatusCause[] = [];
    const text = (rule.rule ?? "").trim();
    const { message = "", messageExpression = "", fieldPath = "" } = rule;
    if (text === "") causes.push(required(`${at}.rule`, "rule is not specified"));
    else if (message !== "" && message.trim() === "")
      causes.push(invalidValue(`${at}.message`, message, "must be non-empty if specified"));
    else if (hasNewlines(message.trim()))
      causes.push(invalidValue(`${at}.message`, message, "must not contain line breaks"));
    else if (hasNewlines(text) && message.trim() === "")
      causes.push(required(`${at}.message`, "message must be specified if rule contains line breaks"));
    if (messageExpression !== "" && messageExpression.trim() === "")
      causes.push(required(`${at}.messageExpression`, "messageExpression must be non-empty if specified"));
    if (rule.reason !== undefined && !REASONS.includes(rule.reason))
      causes.push(notSupported(`${at}.reason`, rule.reason, REASONS));
    if (fieldPath !== "" && fieldPath.trim() === "")
      causes.push(invalidValue(`${at}.fieldPath`, fieldPath, "must be non-empty if specified"));
    if (hasNewlines(fieldPath)) causes.push(invalidValue(`${at}.fieldPath`, fieldPath, "must not contain line breaks"));
    return causes;
  });

import { type Field, messageOf } from "../model/messages.ts";
import { definitionOf } from "../model/schemas.ts";
import { type Fields, isFields } from "./fields-of.ts";
import { canonicalQuantity } from "./quantity.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const TIMES = new Set([`${META}.Time`, `${META}.MicroTime`]);
/** Messages whose JSON is no object of their fields. */
const FREE = /\.(IntOrString|RawExtension|FieldsV1|JSON|JSONSchemaProps\w*|Duration)$/;
const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const QUANTITY_FORM = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;

/**
 * What is wrong with the types of an object's fields, in the words of Go's decoder: the first problem, or undefined. A field
 * that is null counts as left out.
 */
export const shapeProblem = (
  object: Fields,
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
): string | undefined => {
  const definition = definitionOf(group, version, kind);
  if (definition === undefined || definition.startsWith("io.k8s.apiextensions-apiserver.")) return undefined;
  return messageProblem(definition, object, "");
};

const messageProblem = (name: string, fields: Fields, path: string): string | undefined => {
  for (const field of messageOf(name).fields) {
    if (field.inline) {
      const problem = messageProblem(field.message, fields, path);
      if (problem !== undefined) return problem;
      continue;
    }
    if (!Object.hasOwn(fields, field.name)) continue;
    const here = path === "" ? field.name : `${path}.${field.name}`;
    const problem = fieldProblem(field, fields[field.name], { struct: shortName(name), path: here });
    if (problem !== undefined) return problem;
  }
  return undefined;
};

interface Place {
  /** Go struct that has the field. */
  readonly struct: string;
  readonly path: string;
}

const fieldProblem = (field: Field, value: unknown, place: Place): string | undefined => {
  if (value === null || value === undefined) return undefined;
  if (field.map) {
    if (!isFields(value)) return mismatch(value, place, `map[string]${goType(field)}`);
    return first(Object.values(value), (one) => valueProblem(field, one, place));
  }
  if (field.repeated) {
    if (!Array.isArray(value)) return mismatch(value, place, `[]${goType(field)}`);
    return first(value, (one) => valueProblem(field, one, place));
  }
  return valueProblem(field, value, place);
};

const first = (values: readonly unknown[], check: (value: unknown) => string | undefined): string | undefined => {
  for (const value of values) {
    const problem = check(value);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

const valueProblem = (field: Field, value: unknown, place: Place): string | undefined => {
  if (value === null) return undefined;
  switch (field.scalar) {
    case "string":
      return typeof value === "string" ? undefined : mismatch(value, place, "string");
    case "bytes":
      if (typeof value !== "string") return mismatch(value, place, "[]uint8");
      return BASE64.test(value) ? undefined : `illegal base64 data at input byte ${badByte(value)}`;
    case "bool":
      return typeof value === "boolean" ? undefined : mismatch(value, place, "bool");
    case "int32":
    case "int64":
      if (typeof value !== "number") return mismatch(value, place, field.scalar);
      return Number.isInteger(value) ? undefined : mismatch(value, place, field.scalar, `number ${value}`);
    case "double":
      return typeof value === "number" ? undefined : mismatch(value, place, "float64");
    case undefined:
      break;
  }
  if (TIMES.has(field.message)) return typeof value === "string" ? undefined : mismatch(value, place, goType(field));
  if (field.message === QUANTITY) return quantityProblem(value);
  if (FREE.test(field.message)) return undefined;
  return isFields(value) ? messageProblem(field.message, value, place.path) : mismatch(value, place, goType(field));
};

const quantityProblem = (value: unknown): string | undefined => {
  if (typeof value === "number") return undefined;
  const text = typeof value === "string" ? value.trim() : "";
  if (!QUANTITY_FORM.test(text)) return `quantities must match the regular expression '${QUANTITY_FORM.source}'`;
  return canonicalQuantity(text) === undefined ? "unable to parse quantity's suffix" : undefined;
};

/** Where a character stands that is none of base64. */
const badByte = (value: string): number => {
  const at = value.search(/[^A-Za-z0-9+/\r\n=]/);
  return at < 0 ? value.length : at - (at % 4);
};

const mismatch = (value: unknown, { struct, path }: Place, type: string, what = jsonType(value)): string =>
  `json: cannot unmarshal ${what} into Go struct field ${struct}.${path} of type ${type}`;

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

/** `v1.ObjectMeta`: the package's last part, which is its version, and the name. */
const goType = ({ scalar, message }: Field): string => {
  if (scalar !== undefined) return scalar === "bytes" ? "[]uint8" : scalar === "double" ? "float64" : scalar;
  const parts = message.split(".");
  return parts.slice(-2).join(".");
};

const shortName = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

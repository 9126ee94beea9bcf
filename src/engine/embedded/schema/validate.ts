import type { StatusCause } from "../api/status.ts";
import { invalidType, invalidValue, notSupported, required, tooLong, tooMany } from "./cause.ts";
import { type Earlier, earlierField, earlierItem, isUnchanged } from "./correlate.ts";
import { type Fields, isFields, member, sameData } from "./data.ts";
import { formatCheck } from "./formats.ts";
import { goNumber } from "./go-text.ts";
import { matcherOf, PatternError } from "./pattern.ts";
import type { Schema } from "./schema.ts";

/**
 * What a schema has against an object, with Kubernetes 1.34's reasons and words. With `old`, what was wrong before and
 * has not changed is let through. Call `prepareSchema` once before; uniqueness in lists and CEL rules come extra.
 */
export const validateSchema = (object: unknown, schema: Schema, old?: unknown): StatusCause[] =>
  validateValue({ value: object, schema, path: "", earlier: old === undefined ? undefined : { value: old } }).causes;

/** `matched`: how much of the schema held; the best of failed alternatives is told by it. */
interface Result {
  causes: StatusCause[];
  matched: number;
}

interface Place {
  readonly value: unknown;
  readonly schema: Schema;
  readonly path: string;
  readonly earlier: Earlier | undefined;
}

const result = (causes: StatusCause[] = [], matched = 0): Result => ({ causes, matched });

const merge = (into: Result, from: Result): void => {
  into.matched += from.matched;
  for (const cause of from.causes)
    if (!into.causes.some(({ message, field }) => message === cause.message && field === cause.field))
      into.causes.push(cause);
};

const validateValue = (place: Place): Result => {
  const found = validateStrictly(place);
  // Kubernetes tolerates what was stored like this before its schema became stricter.
  return found.causes.length > 0 && isUnchanged(place.value, place.earlier) ? result([], found.matched) : found;
};

const validateStrictly = (place: Place): Result => {
  const { value } = place;
  const all = result();
  const steps = [checkType];
  if (value !== null) {
    steps.push(checkAlternatives);
    if (typeof value === "string") steps.push(checkString, checkFormat);
    if (typeof value === "number") steps.push(checkNumber);
    if (Array.isArray(value)) steps.push(checkList);
  }
  steps.push(checkEnum);
  if (isFields(value)) steps.push(checkObject);
  for (const step of steps) {
    merge(all, step(place));
    all.matched++;
  }
  return all;
};

const typesOf = (schema: Schema): readonly string[] => {
  if (schema["x-kubernetes-int-or-string"] === true) return ["integer", "string"];
  return schema.type === undefined ? [] : [schema.type];
};

const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
};

const wrongType = (path: string, expected: string, actual: string): Result =>
  result([invalidType(path, actual, `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`)]);

const checkType = ({ value, schema, path }: Place): Result => {
  const types = typesOf(schema);
  const format = schema.format !== undefined && formatCheck(schema.format) !== undefined ? schema.format : undefined;
  if (types.length === 0 && format === undefined) return result([], 0);
  const actual = typeOf(value);
  if (value === null)
    return types.length > 0 && schema.nullable !== true ? wrongType(path, types.join(","), actual) : result([], 1);
  const fits = types.includes(actual) || (actual === "integer" && types.includes("number"));
  const isText = typeof value === "string" || Array.isArray(value);
  if (format !== undefined && !isText && !fits)
    return wrongType(path, format, actual === "integer" ? "int64" : actual === "number" ? "float64" : "");
  // As it is: a list passes where a string of some format is wanted.
  if (format !== undefined && isText && !types.includes("number") && !types.includes("integer")) return result([], 1);
  return fits ? result([], 1) : wrongType(path, types.join(","), actual);
};

const length = (text: string): number => {
  let count = 0;
  for (const _char of text) count++;
  return count;
};

const checkString = ({ value, schema, path }: Place): Result => {
  const text = value as string;
  const causes: StatusCause[] = [];
  const { maxLength, minLength, pattern } = schema;
  if (maxLength !== undefined && length(text) > maxLength) causes.push(tooLong(path, maxLength));
  if (minLength !== undefined && length(text) < minLength)
    causes.push(invalidValue(path, text, `${path} in body should be at least ${minLength} chars long`));
  if (pattern !== undefined && pattern !== "") {
    const problem = patternProblem(pattern, text);
    if (problem !== undefined) causes.push(invalidValue(path, text, `${path} in body should match '${problem}'`));
  }
  return result(causes);
};

const patternProblem = (pattern: string, text: string): string | undefined => {
  try {
    return matcherOf(pattern)(text) ? undefined : pattern;
  } catch (error) {
    if (error instanceof PatternError) return `${pattern}, but pattern is invalid: ${error.message}`;
    throw error;
  }
};

const checkFormat = ({ value, schema, path }: Place): Result => {
  const { format } = schema;
  const check = format === undefined ? undefined : formatCheck(format);
  if (check === undefined || check(value as string)) return result();
  const text = JSON.stringify(value);
  return result([invalidType(path, value, `${path} in body must be of type ${format}: ${text}`)]);
};

const checkNumber = ({ value, schema, path }: Place): Result => {
  const number = value as number;
  const causes: StatusCause[] = [];
  const { multipleOf, maximum, minimum } = schema;
  const refuse = (detail: string): unknown =>
    causes.push(invalidValue(path, number, `${path} in body should be ${detail}`));
  if (multipleOf !== undefined && !isMultiple(number, multipleOf)) refuse(`a multiple of ${goNumber(multipleOf)}`);
  if (maximum !== undefined) {
    const exclusive = schema.exclusiveMaximum === true;
    if (exclusive ? number >= maximum : number > maximum)
      refuse(`less than ${exclusive ? "" : "or equal to "}${goNumber(maximum)}`);
  }
  if (minimum !== undefined) {
    const exclusive = schema.exclusiveMinimum === true;
    if (exclusive ? number <= minimum : number < minimum)
      refuse(`greater than ${exclusive ? "" : "or equal to "}${goNumber(minimum)}`);
  }
  return result(causes, 1);
};

const isMultiple = (number: number, factor: number): boolean => {
  const quotient = factor < 1 ? (1 / factor) * number : number / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
};

const checkList = ({ value, schema, path, earlier }: Place): Result => {
  const list = value as unknown[];
  const all = result();
  const { items, minItems, maxItems } = schema;
  if (items !== undefined)
    for (const [index, item] of list.entries())
      merge(
        all,
        validateValue({
          value: item,
          schema: items,
          path: `${path}[${index}]`,
          earlier: earlierItem(earlier, item, schema),
        }),
      );
  if (minItems !== undefined && list.length < minItems)
    all.causes.push(invalidValue(path, list.length, `${path} in body should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems) all.causes.push(tooMany(path, list.length, maxItems));
  if (schema.uniqueItems === true && list.some((item, at) => list.slice(0, at).some((other) => sameData(item, other))))
    all.causes.push(invalidValue(path, "", `${path} in body shouldn't contain duplicates`));
  all.matched++;
  return all;
};

const checkEnum = ({ value, schema, path }: Place): Result => {
  const { enum: values = [] } = schema;
  if (values.length === 0 || (value !== null && values.some((one) => sameData(one, value)))) return result();
  // A null among the values does not make null one of them: as it is.
  const texts = values.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  return result([notSupported(path, value, texts)]);
};

const checkObject = ({ value, schema, path, earlier }: Place): Result => {
  const object = value as Fields;
  const keys = Object.keys(object);
  const { minProperties, maxProperties, additionalProperties } = schema;
  if (minProperties !== undefined && keys.length < minProperties)
    return result([
      invalidValue(path, keys.length, `${path} in body should have at least ${minProperties} properties`),
    ]);
  if (maxProperties !== undefined && keys.length > maxProperties)
    return result([tooMany(path, keys.length, maxProperties)]);
  const all = result();
  for (const key of keys) {
    const property = member(schema.properties, key);
    const inner = property ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    const at = path === "" ? key : `${path}.${key}`;
    if (inner === undefined) {
      if (additionalProperties === false)
        all.causes.push(invalidValue(path, key, `${path}.${key} in body is a forbidden property`));
      continue;
    }
    // Which version and kind an object had cannot be seen any more.
    const hidden = path === "" && (key === "apiVersion" || key === "kind");
    merge(
      all,
      validateValue({
        value: object[key],
        schema: inner,
        path: at,
        earlier: hidden ? undefined : earlierField(earlier, key),
      }),
    );
  }
  for (const key of schema.required ?? [])
    if (!Object.hasOwn(object, key)) all.causes.push(required(path === "" ? key : `${path}.${key}`));
  return all;
};

const checkAlternatives = (place: Place): Result => {
  const all = result();
  checkAnyOf(place, all);
  checkOneOf(place, all);
  checkAllOf(place, all);
  const { not } = place.schema;
  if (not !== undefined && validateStrictly({ ...place, schema: not }).causes.length === 0)
    all.causes.push(composite(place.path, "must not validate the schema (not)"));
  all.matched++;
  return all;
};

/** Such problems carry no field, whatever their place. */
const composite = (path: string, detail: string): StatusCause =>
  invalidValue("", "", `${JSON.stringify(path)} ${detail}`);

const best = (results: readonly Result[]): Result | undefined =>
  results.reduce<Result | undefined>(
    (most, one) => (most === undefined || one.matched > most.matched ? one : most),
    undefined,
  );

const checkAnyOf = (place: Place, all: Result): void => {
  const { anyOf = [] } = place.schema;
  if (anyOf.length === 0) return;
  const failed: Result[] = [];
  for (const schema of anyOf) {
    const one = validateStrictly({ ...place, schema });
    if (one.causes.length === 0) {
      merge(all, one);
      return;
    }
    failed.push(one);
  }
  all.causes.push(composite(place.path, "must validate at least one schema (anyOf)"));
  merge(all, best(failed) ?? result());
};

const checkOneOf = (place: Place, all: Result): void => {
  const { oneOf = [] } = place.schema;
  if (oneOf.length === 0) return;
  const results = oneOf.map((schema) => validateStrictly({ ...place, schema }));
  const valid = results.filter(({ causes }) => causes.length === 0);
  const [only] = valid;
  if (valid.length === 1 && only !== undefined) {
    merge(all, only);
    return;
  }
  const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
  all.causes.push(composite(place.path, `must validate one and only one schema (oneOf). ${found}`));
  if (valid.length === 0) merge(all, best(results) ?? result());
};

const checkAllOf = (place: Place, all: Result): void => {
  const { allOf = [] } = place.schema;
  if (allOf.length === 0) return;
  const results = allOf.map((schema) => validateStrictly({ ...place, schema }));
  for (const one of results) merge(all, one);
  const valid = results.filter(({ causes }) => causes.length === 0).length;
  if (valid === results.length) return;
  all.causes.push(
    composite(place.path, `must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`),
  );
};

import { badRequest } from "../api/status.ts";
import { scanJson } from "../codec/json-scan.ts";
import { MAX_DEPTH, type Values } from "./decode.ts";
import { type Message, messageOf } from "./messages.ts";
import { canonicalQuantity } from "./quantity.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/** Seconds of Go's zero time, the year 1. */
const ZERO_TIME = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

type JsonOf = (message: Message, values: Values) => Record<string, unknown>;

/** The JSON of messages that have a form of their own, undefined for the others. */
export const specialJson = (message: Message, values: Values, jsonOf: JsonOf): unknown =>
  SPECIAL[message.name]?.((number) => values[message.positions.get(number) ?? -1], jsonOf);

/** A value of the message by its field's number. */
type Get = (number: number) => unknown;

const quantity = (get: Get): string => {
  const text = get(1);
  if (text === undefined) return "0";
  const canonical = canonicalQuantity(text as string);
  if (canonical !== undefined) return canonical;
  throw badRequest("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
};

const intOrString = (get: Get): string | number => {
  const type = get(1) ?? 0;
  if (type === 0) return (get(2) ?? 0) as number;
  if (type === 1) return (get(3) ?? "") as string;
  throw badRequest("impossible IntOrString.Type");
};

/** Of `2006-01-02T15:04:05`, in UTC; null is Go's zero time. */
const secondsText = (get: Get): string | null => {
  if (get(1) === undefined && get(2) === undefined) return null;
  const seconds = (get(1) ?? 0) as number;
  if (seconds < ZERO_TIME - 366 * 86_400 || seconds > LAST_SECOND)
    throw badRequest(`the time ${seconds} s is not between the years 0 and 9999`);
  return new Date(seconds * 1000).toISOString().slice(0, 19);
};

const time = (get: Get): string | null => {
  const text = secondsText(get);
  return text === null || get(1) === ZERO_TIME ? null : `${text}Z`;
};

const microTime = (get: Get): string | null => {
  const text = secondsText(get);
  const micros = Math.floor(((get(2) ?? 0) as number) / 1000);
  if (text === null || (get(1) === ZERO_TIME && micros === 0)) return null;
  if (micros < 0 || micros > 999_999) throw badRequest("nanoseconds of a time are not between 0 and 999999999");
  return `${text}.${String(micros).padStart(6, "0")}Z`;
};

/** JSON that travels as bytes. */
const raw = (get: Get): unknown => {
  const bytes = get(1) as Buffer | undefined;
  return bytes === undefined || bytes.length === 0 ? null : parsed(bytes.toString("utf8"));
};

const parsed = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest("a part of the object that has to be JSON is none");
  }
  const { depth, inexact } = scanJson(text);
  if (depth > MAX_DEPTH) throw badRequest("the object is nested too deeply");
  if (inexact !== undefined) throw badRequest(`integers beyond 2^53 are not supported: ${inexact}`);
  return value;
};

/** A list that protobuf wraps, since it is the value of a map or the element of a list. */
const items = (get: Get): unknown => get(1) ?? [];

const schemaJson = (get: Get, number: number, jsonOf: JsonOf): unknown => {
  const values = get(number) as Values | undefined;
  return values === undefined ? null : jsonOf(messageOf(`${EXTENSIONS}.JSONSchemaProps`), values);
};

const schemaOrArray = (get: Get, jsonOf: JsonOf): unknown => {
  const schemas = get(2) as readonly Values[] | undefined;
  if (schemas === undefined) return schemaJson(get, 1, jsonOf);
  return schemas.map((values) => jsonOf(messageOf(`${EXTENSIONS}.JSONSchemaProps`), values));
};

const SPECIAL: Readonly<Record<string, (get: Get, jsonOf: JsonOf) => unknown>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": quantity,
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": intOrString,
  "io.k8s.apimachinery.pkg.runtime.RawExtension": raw,
  [`${META}.Time`]: time,
  [`${META}.MicroTime`]: microTime,
  [`${META}.FieldsV1`]: raw,
  [`${META}.Verbs`]: items,
  "io.k8s.api.authentication.v1.ExtraValue": items,
  "io.k8s.api.authorization.v1.ExtraValue": items,
  "io.k8s.api.certificates.v1.ExtraValue": items,
  [`${EXTENSIONS}.JSON`]: raw,
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: schemaOrArray,
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: (get, jsonOf) =>
    get(2) === undefined ? (get(1) ?? false) : schemaJson(get, 2, jsonOf),
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: (get, jsonOf) => get(2) ?? schemaJson(get, 1, jsonOf),
};

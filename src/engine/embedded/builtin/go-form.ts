import type { AnyObject } from "../../../k8s/types.ts";
import { type Field, messageOf } from "../model/messages.ts";
import { canonicalQuantity } from "../model/quantity.ts";
import { setKey } from "../model/protobuf-json.ts";
import { definitionOf } from "../model/schemas.ts";
import { type Fields, isFields } from "./fields-of.ts";

const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
/** The only kind of its own that is kept within others, as the claims of a StatefulSet: with the name of its kind. */
const CLAIM = "io.k8s.api.core.v1.PersistentVolumeClaim";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
/** Messages whose JSON is no object of their fields. */
const OPAQUE = new Set([
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  "io.k8s.apimachinery.pkg.runtime.RawExtension",
  `${META}.FieldsV1`,
]);
const TIMES = new Set([`${META}.Time`, `${META}.MicroTime`]);
const WITHOUT_FORM = "io.k8s.apiextensions-apiserver.";

/**
 * Gives an object of a built-in kind the form in which Kubernetes' Go structs keep it, in place: fields in their order, empty
 * ones left out, structs that are always there added, quantities canonical. Values of a wrong type stay as they are.
 */
export const takeGoForm = (object: AnyObject, type: { group: string; version: string; kind: string }): void => {
  const definition = definitionOf(type.group, type.version, type.kind);
  if (definition === undefined || definition.startsWith(WITHOUT_FORM)) return;
  const { kind, apiVersion, ...fields } = object;
  const formed = messageForm(definition, fields);
  for (const name of Object.keys(object)) delete object[name];
  Object.assign(object, { kind, apiVersion }, formed);
};

const messageForm = (name: string, fields: Fields): Fields => {
  const out: Fields = {};
  for (const field of messageOf(name).fields) {
    if (field.inline) {
      Object.assign(out, messageForm(field.message, fields));
      continue;
    }
    const value = fieldForm(field, Object.hasOwn(fields, field.name) ? fields[field.name] : undefined);
    if (value !== undefined) out[field.name] = value;
  }
  return out;
};

/** Undefined where the field is left out. */
const fieldForm = (field: Field, value: unknown): unknown => {
  if (field.map) return mapForm(field, value);
  if (field.repeated) return listForm(field, value);
  if (value === undefined || value === null) return absentForm(field);
  const formed = valueForm(field, value);
  if (field.pointer || field.scalar === undefined) return formed;
  const isZero = formed === "" || formed === 0 || formed === false;
  return isZero && field.omitEmpty ? undefined : formed;
};

const absentForm = (field: Field): unknown => {
  if (field.pointer) return field.omitEmpty ? undefined : null;
  if (field.scalar === undefined) return structForm(field);
  if (field.omitEmpty) return undefined;
  if (field.scalar === "bytes") return null;
  return field.scalar === "string" ? "" : field.scalar === "bool" ? false : 0;
};

const structForm = ({ message, omitZero }: Field): unknown => {
  if (TIMES.has(message)) return omitZero ? undefined : null;
  if (message === QUANTITY) return "0";
  if (OPAQUE.has(message) || message.endsWith(".JSON")) return message.endsWith("IntOrString") ? 0 : null;
  return omitZero ? undefined : messageForm(message, {});
};

const mapForm = (field: Field, value: unknown): unknown => {
  if (!isFields(value) || Object.keys(value).length === 0) return field.omitEmpty ? undefined : (value ?? null);
  const out: Fields = {};
  for (const key of Object.keys(value).sort()) setKey(out, key, valueForm(field, value[key]));
  return out;
};

const listForm = (field: Field, value: unknown): unknown => {
  if (value === undefined || value === null) return field.omitEmpty ? undefined : null;
  if (!Array.isArray(value)) return value;
  if (value.length === 0) return field.omitEmpty ? undefined : null;
  return value.map((one) => valueForm(field, one));
};

const valueForm = (field: Field, value: unknown): unknown => {
  if (field.scalar !== undefined) return value ?? zeroOf(field.scalar);
  if (field.message === QUANTITY) return quantityForm(value);
  if (OPAQUE.has(field.message) || !isFields(value) || field.message.startsWith(WITHOUT_FORM)) return value;
  const formed = messageForm(field.message, value);
  return field.message === CLAIM ? { kind: value["kind"], apiVersion: value["apiVersion"], ...formed } : formed;
};

const zeroOf = (scalar: string): unknown => (scalar === "bool" ? false : scalar.startsWith("int") ? 0 : "");

const quantityForm = (value: unknown): unknown => (value === null ? "0" : (canonicalQuantity(String(value)) ?? value));

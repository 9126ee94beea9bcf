import { badRequest } from "../api/status.ts";
import type { Values } from "./decode.ts";
import { type Field, type Message, messageOf } from "./messages.ts";
import { specialJson } from "./special.ts";

/** The JSON that Go writes for a message: what is left out, null or zero when it was not set depends on each field. */
export const jsonOf = (message: Message, values: Values): Record<string, unknown> => {
  const object: Record<string, unknown> = {};
  writeFields(object, message, values);
  return object;
};

/** Keys come from clients: `__proto__` is one like any other. */
export const setKey = (object: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
};

const writeFields = (object: Record<string, unknown>, message: Message, values: Values): void => {
  message.fields.forEach((field, position) => {
    const value = values[position];
    if (field.inline) writeFields(object, messageOf(field.message), (value ?? []) as Values);
    else {
      const json = fieldJson(field, value);
      if (json !== undefined) object[field.name] = json;
    }
  });
};

/** Undefined where the field is left out. */
const fieldJson = (field: Field, value: unknown): unknown => {
  if (field.map)
    return collection(field, (value as Map<string, unknown> | undefined)?.size, () => mapJson(field, value));
  if (field.repeated) {
    const elements = value as unknown[] | undefined;
    return collection(field, elements?.length, () => elements?.map((one) => valueJson(field, one)));
  }
  if (field.pointer && value === undefined) return field.omitEmpty ? undefined : null;
  if (field.pointer) return valueJson(field, value);
  if (field.scalar === undefined) {
    const json = valueJson(field, value);
    return field.omitZero && json === null ? undefined : json;
  }
  if (field.scalar === "bytes" && value === undefined) return field.omitEmpty ? undefined : null;
  const json = valueJson(field, value);
  return field.omitEmpty && isZero(json) ? undefined : json;
};

const collection = (field: Field, size: number | undefined, json: () => unknown): unknown => {
  if (size !== undefined && size > 0) return json();
  return field.omitEmpty ? undefined : null;
};

const isZero = (json: unknown): boolean => json === "" || json === 0 || json === false;

const mapJson = (field: Field, value: unknown): Record<string, unknown> => {
  const object: Record<string, unknown> = {};
  for (const [key, one] of value as Map<string, unknown>) setKey(object, key, valueJson(field, one));
  return object;
};

const valueJson = (field: Field, value: unknown): unknown => {
  switch (field.scalar) {
    case undefined: {
      const values = (value ?? []) as Values;
      const message = messageOf(field.message);
      const special = specialJson(message, values, jsonOf);
      return special === undefined ? jsonOf(message, values) : special;
    }
    case "string":
      return value ?? "";
    case "bytes":
      return value === undefined ? "" : (value as Buffer).toString("base64");
    case "bool":
      return value ?? false;
    case "int32":
    case "int64":
      return value ?? 0;
    case "double":
      return finite((value ?? 0) as number);
  }
};

const finite = (value: number): number => {
  if (!Number.isFinite(value)) throw badRequest(`json: unsupported value: ${value}`);
  return value;
};

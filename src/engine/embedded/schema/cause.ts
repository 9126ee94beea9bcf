import type { StatusCause } from "../api/status.ts";
import { goJson, goNumber, goQuote } from "./go-text.ts";

/** What Kubernetes prints for the path of a whole object. */
const ROOT = "<nil>";

const cause = (reason: string, path: string, message: string): StatusCause => ({
  reason,
  message,
  field: path === "" ? ROOT : path,
});

const withDetail = (text: string, detail: string): string => (detail === "" ? text : `${text}: ${detail}`);

/** A refused value of which causes show Go's struct: its fields in their order, with Go's names. */
export interface GoStruct {
  readonly goFields: object;
}

const isGoStruct = (value: unknown): value is GoStruct =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "goFields");

/** A refused value as causes show it. */
export const valueText = (value: unknown): string => {
  if (isGoStruct(value)) return JSON.stringify(value.goFields);
  if (typeof value === "string") return goQuote(value);
  if (typeof value === "number") return goNumber(value);
  return goJson(value);
};

export const required = (path: string, detail = ""): StatusCause =>
  cause("FieldValueRequired", path, withDetail("Required value", detail));

export const forbidden = (path: string, detail: string): StatusCause =>
  cause("FieldValueForbidden", path, withDetail("Forbidden", detail));

export const invalidValue = (path: string, value: unknown, detail: string): StatusCause =>
  cause("FieldValueInvalid", path, withDetail(`Invalid value: ${valueText(value)}`, detail));

export const invalidType = (path: string, value: unknown, detail: string): StatusCause =>
  cause("FieldValueTypeInvalid", path, withDetail(`Invalid value: ${valueText(value)}`, detail));

export const duplicate = (path: string, value: unknown): StatusCause =>
  cause("FieldValueDuplicate", path, `Duplicate value: ${valueText(value)}`);

export const notSupported = (path: string, value: unknown, values: readonly string[]): StatusCause => {
  const detail = values.length === 0 ? "" : `supported values: ${values.map(goQuote).join(", ")}`;
  return cause("FieldValueNotSupported", path, withDetail(`Unsupported value: ${valueText(value)}`, detail));
};

/** `most`: in bytes by Kubernetes' wording, even where characters were counted. */
export const tooLong = (path: string, most: number): StatusCause =>
  cause("FieldValueTooLong", path, `Too long: may not be more than ${most} ${most === 1 ? "byte" : "bytes"}`);

export const tooMany = (path: string, actual: number, most: number): StatusCause =>
  cause("FieldValueTooMany", path, `Too many: ${actual}: must have at most ${most} ${most === 1 ? "item" : "items"}`);

import type { StatusCause } from "../api/status.ts";
import { invalidValue, notSupported } from "../schema/cause.ts";
import { dnsLabel } from "../schema/names.ts";
import { type Fields, text } from "./fields-of.ts";

const MOST_ID = 2_147_483_647;
export const NOT_NEGATIVE = "must be greater than or equal to 0";

/** A text that is one of a few; what is not set was given its default before, or may be left out. */
export const oneOf = (fields: Fields, name: string, path: string, values: readonly string[]): StatusCause[] => {
  const value = text(fields, name);
  return value === "" || values.includes(value) ? [] : [notSupported(`${path}.${name}`, value, values)];
};

export const notNegative = (fields: Fields | undefined, path: string, names: readonly string[]): StatusCause[] =>
  names.flatMap((name) => {
    const value = fields?.[name];
    return typeof value === "number" && value < 0 ? [invalidValue(`${path}.${name}`, value, NOT_NEGATIVE)] : [];
  });

/** Numbers of users and groups. */
export const validateIds = (fields: Fields | undefined, path: string, names: readonly string[]): StatusCause[] =>
  names.flatMap((name) => {
    const value = fields?.[name];
    return typeof value === "number" && (value < 0 || value > MOST_ID)
      ? [invalidValue(`${path}.${name}`, value, `must be between 0 and ${MOST_ID}, inclusive`)]
      : [];
  });

/** A number of pods, or a share of them: `2` or `25%`. */
export const countOrShare = (value: unknown, path: string): StatusCause[] => {
  if (typeof value === "number") return value < 0 ? [invalidValue(path, value, NOT_NEGATIVE)] : [];
  if (typeof value !== "string" || /^[0-9]+%$/.test(value)) return [];
  const example = "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [
    invalidValue(path, value, `a valid percent string must be a numeric string followed by an ending '%' ${example}`),
  ];
};

export const notMoreThanAll = (value: unknown, path: string): StatusCause[] =>
  typeof value === "string" && amountOf(value) > 100
    ? [invalidValue(path, value, "must not be greater than 100%")]
    : [];

/** The number in a count or a share; 0 where there is none. */
export const amountOf = (value: unknown): number => {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : 0;
};

/** Names with a dot in them could be subdomains: they are told so, and nothing else. */
export const labelProblems = (name: string): string[] =>
  name.includes(".") ? ["must not contain dots"] : dnsLabel(name);

import type { HeaderModifier } from "./kinds.ts";

/** Header fields in their order, a repeated one as often as it came. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** Pairs of the flat list that node gives; HTTP/2's pseudo headers are left out. */
export const fieldsOf = (raw: readonly string[]): Fields => {
  const fields: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (!name.startsWith(":")) fields.push([name, raw[at + 1] ?? ""]);
  }
  return fields;
};

export const valuesOf = (fields: Fields, name: string): string[] =>
  fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);

/** Fields that are about one connection only, besides those that `Connection` names. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);
/** A sender cannot have these taken away by naming them in `Connection`. */
const KEPT = new Set(["host", "content-length", "cookie", "authorization"]);

/** The fields that go on to the other side. */
export const endToEnd = (fields: Fields): Fields => {
  const named = new Set(
    valuesOf(fields, "connection").flatMap((value) => value.split(",").map((name) => name.trim().toLowerCase())),
  );
  return fields.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && (KEPT.has(lower) || !named.has(lower) || lower.startsWith("x-forwarded-"));
  });
};

export const withField = (fields: Fields, name: string, value: string): Fields => [
  ...without(fields, name),
  [name, value],
];

export const without = (fields: Fields, name: string): Fields => {
  const lower = name.toLowerCase();
  return fields.filter(([field]) => field.toLowerCase() !== lower);
};

/** Sets, adds and removes, in this order. */
export const modifyFields = (fields: Fields, { set = [], add = [], remove = [] }: HeaderModifier): Fields => {
  let result = fields;
  for (const { name, value } of set) result = withField(result, name, value);
  for (const { name, value } of add) result = [...result, [name, value]];
  for (const name of remove) result = without(result, name);
  return result;
};

/** Values by lower-case name, as a response takes them. */
export const groupFields = (fields: Fields): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const group = groups.get(name.toLowerCase());
    if (group === undefined) groups.set(name.toLowerCase(), [value]);
    else group.push(value);
  }
  return groups;
};

import { isFields } from "../schema/data.ts";

/** Go's name of the type of a piece of JSON, as `%s` prints it. */
export const goType = (value: unknown): string => {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return "string";
};

/** A piece of JSON as Go's `%v` prints it. */
export const goText = (value: unknown): string => {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isFields(value)) return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, inner]) => `${name}:${goText(inner)}`).join(" ")}]`;
};

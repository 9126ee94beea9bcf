import type { PrinterColumn } from "../api/resource-type.ts";
import { evaluateJsonPath } from "../schema/json-path.ts";
import { since } from "./age.ts";
import { AGE, type Column, NAME } from "./column.ts";

/** The columns of a custom resource: its name, then those of its definition, or its age where there are none. */
export const customColumns = (columns: readonly PrinterColumn[]): readonly Column[] =>
  columns.length === 0 ? [NAME, { ...AGE, type: "date" }] : [NAME, ...columns.map(customColumn)];

const customColumn = ({ name, type, format = "", jsonPath, priority = 0 }: PrinterColumn): Column => ({
  name,
  type: type as Column["type"],
  format,
  priority,
  cell: (object, now) => cellOf(type, evaluateJsonPath(jsonPath, object), now),
});

/** A value of another type than the column's is no value. */
const cellOf = (type: string, values: readonly unknown[], now: number): unknown => {
  const [first] = values;
  if (first === undefined) return null;
  if (type === "string") return values.length === 1 ? textOf(first) : values.map(textOf).join(",");
  if (type === "integer") return typeof first === "number" ? Math.trunc(first) : null;
  if (type === "number") return typeof first === "number" ? first : null;
  if (type === "boolean") return typeof first === "boolean" ? first : null;
  return typeof first === "string" ? since(first, now) : null;
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

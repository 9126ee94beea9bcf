import { isDeepStrictEqual } from "node:util";
import { ExpressionError } from "./tokens.ts";

/** Own fields only; those of a Map by their key. */
export const ownField = (of: unknown, key: string): unknown => {
  if (of instanceof Map) return (of as Map<string, unknown>).get(key);
  if (typeof of !== "object" || of === null || !Object.hasOwn(of, key)) return undefined;
  return (of as Readonly<Record<string, unknown>>)[key];
};

/** As texts in Go print it: strings as they are, all else as JSON. */
export const textOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "<nil>";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return jsonOf(value);
};

/** Maps with their keys sorted. */
export const jsonOf = (value: unknown, indent?: number): string =>
  JSON.stringify(plain(value, 0), undefined, indent) ?? "null";

const DEEPEST = 500;

const plain = (value: unknown, depth: number): unknown => {
  if (depth > DEEPEST) throw new ExpressionError("nested too deeply");
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (typeof value === "object" && value !== null) {
    const entries = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, plain(item, depth + 1)]);
    return Object.fromEntries(sorted as [string, unknown][]);
  }
  return value;
};

export const truth = (value: unknown): boolean => {
  if (typeof value === "boolean") return value;
  throw new ExpressionError(`${textOf(value)} is not a boolean`);
};

export const same = (left: unknown, right: unknown): boolean =>
  isDeepStrictEqual(left ?? undefined, right ?? undefined);

export const compare = (left: unknown, right: unknown): number => {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new ExpressionError(`cannot compare ${textOf(left)} with ${textOf(right)}`);
};

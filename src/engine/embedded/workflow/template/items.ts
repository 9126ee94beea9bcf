import { jsonOf, textOf } from "../expression/values.ts";
import type { Call, Sequence } from "../types.ts";
import { jsonError } from "../expression/json-error.ts";
import { TemplateError } from "./resolve.ts";
import { substitute } from "./substitute.ts";

/** The items of a loop are none. */
export class ItemsError extends TemplateError {}

const MOST_ITEMS = 10_000;

export const isLoop = ({ withItems, withParam, withSequence }: Call): boolean =>
  withItems !== undefined || withParam !== undefined || withSequence !== undefined;

/** One call per item, named `NAME(INDEX:ITEM)`. */
export const expandItems = (call: Call): Call[] => {
  const items = itemsOf(call);
  if (items.length > MOST_ITEMS) throw new TemplateError(`${items.length} items are more than ${MOST_ITEMS}`);
  const { withItems: _items, withParam: _param, withSequence: _sequence, name, ...rest } = call;
  return items.map((item, index) => ({
    ...substitute(rest, itemScope(item)),
    name: `${name}(${index}:${labelOf(item)})`,
  }));
};

const itemsOf = ({ withItems, withParam, withSequence }: Call): readonly unknown[] => {
  if (withItems !== undefined) return withItems;
  if (withSequence !== undefined) return sequence(withSequence);
  const text = withParam ?? "";
  const failed = `withParam value could not be parsed as a JSON list: ${text}`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ItemsError(`${failed}: ${jsonError(text)}`);
  }
  if (Array.isArray(parsed)) return parsed;
  throw new ItemsError(`${failed}: json: cannot unmarshal ${kindOf(parsed)} into Go value of type []v1alpha1.Item`);
};

const kindOf = (value: unknown): string => (typeof value === "boolean" ? "bool" : typeof value);

const itemScope = (item: unknown): Map<string, unknown> => {
  const scope = new Map<string, unknown>([["item", itemText(item)]]);
  if (typeof item !== "object" || item === null) return scope;
  for (const [key, value] of Object.entries(item)) scope.set(`item.${key}`, itemText(value));
  return scope;
};

const itemText = (item: unknown): string => (typeof item === "object" ? jsonOf(item) : textOf(item));

const labelOf = (item: unknown): string => {
  if (Array.isArray(item)) return `[${item.map(itemText).join(" ")}]`;
  if (typeof item !== "object" || item === null) return itemText(item);
  return Object.keys(item)
    .sort()
    .map((key) => `${key}:${itemText((item as Readonly<Record<string, unknown>>)[key])}`)
    .join(",");
};

const sequence = ({ count, start = 0, end, format }: Sequence): string[] => {
  const from = whole(start);
  const to = count === undefined ? whole(end ?? 0) : from + whole(count) - 1;
  if (count !== undefined && whole(count) === 0) return [];
  const length = Math.abs(to - from) + 1;
  if (length > MOST_ITEMS) throw new TemplateError(`${length} items are more than ${MOST_ITEMS}`);
  const step = to < from ? -1 : 1;
  return Array.from({ length }, (_, index) => formatted(from + index * step, format));
};

const whole = (value: string | number): number => {
  const number = Number(value);
  if (Number.isSafeInteger(number) && String(value).trim() !== "") return number;
  throw new TemplateError(`"${value}" in withSequence is not a whole number`);
};

/** `%d`, `%02d`, `%x` and their like, as in C. */
const formatted = (value: number, format = "%d"): string =>
  format.replace(/%(0?)(\d{0,3})([dxX])/, (_, zero: string, width: string, base: string) => {
    const digits = value.toString(base === "d" ? 10 : 16);
    return (base === "X" ? digits.toUpperCase() : digits).padStart(Number(width), zero === "0" ? "0" : " ");
  });

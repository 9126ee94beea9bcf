import { jsonPath } from "./json-path.ts";
import { ExpressionError } from "./tokens.ts";
import { compare, jsonOf, ownField, same, textOf, truth } from "./values.ts";

type Callable = (...args: readonly unknown[]) => unknown;

/** A function over a list and a body in braces. */
export type Predicate = (
  items: readonly unknown[],
  body: (item: unknown, names?: Readonly<Record<string, unknown>>) => unknown,
  initial?: unknown,
) => unknown;

const text = (value: unknown): string => {
  if (typeof value === "string") return value;
  throw new ExpressionError(`${textOf(value)} is not a string`);
};

const list = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw new ExpressionError(`${textOf(value)} is not a list`);
};

const numeric = (value: unknown): number => {
  const result = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof result === "number" && !Number.isNaN(result)) return result;
  throw new ExpressionError(`cannot convert ${textOf(value)} to a number`);
};

const whole = (value: unknown): number => {
  if (typeof value === "string" && !/^[-+]?\d+$/.test(value))
    throw new ExpressionError(`cannot convert ${value} to an int`);
  return Math.trunc(numeric(value));
};

const fromJson: Callable = (value) => {
  try {
    return JSON.parse(text(value)) as unknown;
  } catch (error) {
    throw new ExpressionError(error instanceof Error ? error.message : "not JSON");
  }
};

const lengthOf: Callable = (value) => {
  if (typeof value === "string") return Array.from(value).length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new ExpressionError(`${textOf(value)} has no length`);
};

const numbers = (args: readonly unknown[]): number[] => args.flat(1).map(numeric);
const total = (args: readonly unknown[]): number => numbers(args).reduce((sum, each) => sum + each, 0);
const keysOf: Callable = (value) => (value instanceof Map ? [...value.keys()] : Object.keys(value ?? {}));
const valuesOf: Callable = (value) => (value instanceof Map ? [...value.values()] : Object.values(value ?? {}));
const encode: Callable = (value) => Buffer.from(text(value)).toString("base64");
const decode: Callable = (value) => Buffer.from(text(value), "base64").toString();
const upper: Callable = (value) => text(value).toUpperCase();
const lower: Callable = (value) => text(value).toLowerCase();
const LONGEST = 1_000_000;

const repeat: Callable = (value, count) => {
  const times = whole(count);
  if (times < 0 || times * text(value).length > LONGEST) throw new ExpressionError("the result is too long");
  return text(value).repeat(times);
};

const replaceAll: Callable = (value, from, to) => text(value).split(text(from)).join(text(to)).slice(0, LONGEST);

/** What can be called without a body in braces: of expr-lang, of Argo, and 26 of sprig. */
export const FUNCTIONS: ReadonlyMap<string, Callable> = new Map<string, Callable>([
  ["asInt", whole],
  ["int", whole],
  ["asFloat", numeric],
  ["float", numeric],
  ["string", textOf],
  ["toJson", (value) => jsonOf(value)],
  ["toJSON", (value) => jsonOf(value, 2)],
  ["fromJSON", fromJson],
  ["jsonpath", (json, path) => jsonPath(fromJson(json), text(path))],
  ["len", lengthOf],
  ["abs", (value) => Math.abs(numeric(value))],
  ["ceil", (value) => Math.ceil(numeric(value))],
  ["floor", (value) => Math.floor(numeric(value))],
  ["round", (value) => Math.round(numeric(value))],
  ["max", (...args) => Math.max(...numbers(args))],
  ["min", (...args) => Math.min(...numbers(args))],
  ["sum", (...args) => total(args)],
  ["mean", (...args) => total(args) / Math.max(1, numbers(args).length)],
  ["upper", upper],
  ["lower", lower],
  ["trim", (value, set) => trimWith(text(value), set)],
  ["trimPrefix", (value, prefix) => without(text(value), text(prefix), "start")],
  ["trimSuffix", (value, suffix) => without(text(value), text(suffix), "end")],
  ["split", (value, by) => text(value).split(text(by))],
  [
    "join",
    (value, by) =>
      list(value)
        .map(textOf)
        .join(by === undefined ? "" : text(by)),
  ],
  ["replace", replaceAll],
  ["repeat", repeat],
  ["indexOf", (value, part) => text(value).indexOf(text(part))],
  ["lastIndexOf", (value, part) => text(value).lastIndexOf(text(part))],
  ["hasPrefix", (value, part) => text(value).startsWith(text(part))],
  ["hasSuffix", (value, part) => text(value).endsWith(text(part))],
  ["first", (value) => list(value)[0]],
  ["last", (value) => list(value).at(-1)],
  ["take", (value, count) => list(value).slice(0, whole(count))],
  ["reverse", (value) => [...list(value)].reverse()],
  ["sort", (value) => [...list(value)].sort(compare)],
  ["uniq", (value) => list(value).filter((item, at, all) => all.findIndex((each) => same(each, item)) === at)],
  ["concat", (...args) => args.flatMap(list)],
  ["flatten", (value) => list(value).flat(10)],
  ["keys", keysOf],
  ["values", valuesOf],
  ["get", (value, key) => (Array.isArray(value) ? value.at(Number(key)) : ownField(value, textOf(key)))],
  ["type", (value) => typeOf(value)],
  ["toBase64", encode],
  ["fromBase64", decode],
  ["sprig.upper", upper],
  ["sprig.lower", lower],
  ["sprig.title", (value) => text(value).replaceAll(/(^|\s)\S/g, (start) => start.toUpperCase())],
  ["sprig.trim", (value) => text(value).trim()],
  ["sprig.trimPrefix", (prefix, value) => without(text(value), text(prefix), "start")],
  ["sprig.trimSuffix", (suffix, value) => without(text(value), text(suffix), "end")],
  ["sprig.trimAll", (set, value) => trimWith(text(value), set)],
  ["sprig.replace", (from, to, value) => replaceAll(value, from, to)],
  ["sprig.repeat", (count, value) => repeat(value, count)],
  ["sprig.contains", (part, value) => text(value).includes(text(part))],
  ["sprig.hasPrefix", (part, value) => text(value).startsWith(text(part))],
  ["sprig.hasSuffix", (part, value) => text(value).endsWith(text(part))],
  ["sprig.splitList", (by, value) => text(value).split(text(by))],
  ["sprig.join", (by, value) => list(value).map(textOf).join(text(by))],
  ["sprig.quote", (value) => JSON.stringify(textOf(value))],
  ["sprig.squote", (value) => `'${textOf(value)}'`],
  ["sprig.int", (value) => Math.trunc(Number(value) || 0)],
  ["sprig.float64", (value) => Number(value) || 0],
  ["sprig.toString", textOf],
  ["sprig.add", (...args) => total(args)],
  ["sprig.sub", (a, b) => numeric(a) - numeric(b)],
  ["sprig.mul", (...args) => numbers(args).reduce((product, each) => product * each, 1)],
  ["sprig.b64enc", encode],
  ["sprig.b64dec", decode],
  ["sprig.default", (fallback, value) => (isEmpty(value) ? fallback : value)],
  ["sprig.empty", (value) => isEmpty(value)],
  ["sprig.ternary", (yes, no, test) => (truth(test) ? yes : no)],
]);

export const PREDICATES: ReadonlyMap<string, Predicate> = new Map<string, Predicate>([
  ["map", (items, body) => items.map((item) => body(item))],
  ["filter", (items, body) => items.filter((item) => truth(body(item)))],
  ["all", (items, body) => items.every((item) => truth(body(item)))],
  ["any", (items, body) => items.some((item) => truth(body(item)))],
  ["one", (items, body) => items.filter((item) => truth(body(item))).length === 1],
  ["none", (items, body) => !items.some((item) => truth(body(item)))],
  ["count", (items, body) => items.filter((item) => truth(body(item))).length],
  ["find", (items, body) => items.find((item) => truth(body(item)))],
  ["findIndex", (items, body) => items.findIndex((item) => truth(body(item)))],
  ["sortBy", (items, body) => [...items].sort((a, b) => compare(body(a), body(b)))],
  ["reduce", (items, body, initial) => items.reduce((acc, item) => body(item, { "#acc": acc }), initial ?? 0)],
]);

const without = (value: string, part: string, where: "start" | "end"): string => {
  if (part === "") return value;
  if (where === "start") return value.startsWith(part) ? value.slice(part.length) : value;
  return value.endsWith(part) ? value.slice(0, -part.length) : value;
};

const trimWith = (value: string, set: unknown): string => {
  if (set === undefined) return value.trim();
  const chars = new Set(text(set));
  let [from, to] = [0, value.length];
  while (from < to && chars.has(value.charAt(from))) from += 1;
  while (to > from && chars.has(value.charAt(to - 1))) to -= 1;
  return value.slice(from, to);
};

const typeOf = (value: unknown): string => {
  if (value === undefined || value === null) return "nil";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map";
};

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0);

import { isFields, sameData } from "./data.ts";

/** A path that is not of the dialect. */
export class JsonPathError extends Error {}

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "all" }
  | { readonly kind: "deep" }
  | {
      readonly kind: "slice";
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly by: number;
      readonly one: boolean;
    }
  | { readonly kind: "union"; readonly names: readonly string[] }
  | { readonly kind: "filter"; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined };

type Operand = { readonly path: readonly Step[] } | { readonly value: unknown };

const compiled = new Map<string, readonly Step[]>();
const MOST_CACHED = 1000;

/**
 * The values that a path finds, in Kubernetes' dialect: `.a.b[0]`, `.a[*].b`, `['a.b']`, `.a\.b`, `..name`,
 * `[?(@.type=="Ready")]`, with or without braces. None where the object has no such field. Throws a JsonPathError.
 */
export const evaluateJsonPath = (path: string, object: unknown): unknown[] => {
  const known = compiled.get(path);
  const steps = known ?? parse(path);
  if (known === undefined) {
    if (compiled.size >= MOST_CACHED) compiled.clear();
    compiled.set(path, steps);
  }
  return walk(steps, [object]);
};

const walk = (steps: readonly Step[], start: readonly unknown[]): unknown[] =>
  steps.reduce<unknown[]>((values, step) => values.flatMap((value) => stepInto(step, value)), [...start]);

const stepInto = (step: Step, value: unknown): unknown[] => {
  switch (step.kind) {
    case "field":
      return isFields(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "all":
      return Array.isArray(value) ? value : isFields(value) ? Object.values(value) : [];
    case "deep":
      return descendants(value);
    case "slice":
      return Array.isArray(value) ? slice(value, step) : [];
    case "union":
      return step.names.flatMap((name) => stepInto({ kind: "field", name }, value));
    case "filter":
      return Array.isArray(value) ? value.filter((item) => holds(step, item)) : [];
  }
};

const descendants = (value: unknown): unknown[] => {
  const found: unknown[] = [];
  const waiting = [value];
  while (waiting.length > 0) {
    const one = waiting.shift();
    found.push(one);
    if (typeof one === "object" && one !== null) waiting.push(...Object.values(one));
  }
  return found;
};

const slice = (list: readonly unknown[], { from, to, by, one }: Step & { kind: "slice" }): unknown[] => {
  const absolute = (at: number): number => (at < 0 ? list.length + at : at);
  const start = absolute(from ?? 0);
  if (one) return start >= 0 && start < list.length ? [list[start]] : [];
  const end = Math.min(absolute(to ?? list.length), list.length);
  const found: unknown[] = [];
  for (let at = Math.max(0, start); at < end; at += by) found.push(list[at]);
  return found;
};

const holds = ({ left, operator, right }: Step & { kind: "filter" }, item: unknown): boolean => {
  const lefts = "path" in left ? walk(left.path, [item]) : [left.value];
  if (right === undefined) return lefts.length > 0;
  const [a] = lefts;
  const [b] = "path" in right ? walk(right.path, [item]) : [right.value];
  if (a === undefined || b === undefined) return false;
  return compare(a, operator, b);
};

const compare = (a: unknown, operator: string, b: unknown): boolean => {
  if (operator === "==") return sameData(a, b);
  if (operator === "!=") return !sameData(a, b);
  if (typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string")) return false;
  const order = a === b ? 0 : a < (b as typeof a) ? -1 : 1;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
};

const parse = (path: string): readonly Step[] => {
  const trimmed = path.trim();
  const inner = trimmed.startsWith("{") && trimmed.endsWith("}") ? trimmed.slice(1, -1) : trimmed;
  return parseSteps(inner.replace(/^[$@]/, ""));
};

const parseSteps = (text: string): Step[] => {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === "[") {
      const end = closing(text, at);
      steps.push(parseBrackets(text.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    if (text.startsWith("..", at)) {
      steps.push({ kind: "deep" });
      at += text[at + 2] === "[" ? 2 : 1;
      continue;
    }
    if (text[at] === ".") at++;
    const { name, end } = parseName(text, at);
    if (name === "*") steps.push({ kind: "all" });
    else if (name !== "") steps.push({ kind: "field", name });
    else if (at < text.length && text[at] !== "[")
      throw new JsonPathError(`unexpected ${JSON.stringify(text[at])} in the path ${JSON.stringify(text)}`);
    at = end;
  }
  return steps;
};

const parseName = (text: string, start: number): { name: string; end: number } => {
  let name = "";
  let at = start;
  while (at < text.length && text[at] !== "." && text[at] !== "[" && text[at] !== "]") {
    if (text[at] === "\\") at++;
    name += text[at] ?? "";
    at++;
  }
  return { name, end: at };
};

/** Where the bracket that opens at `start` closes: brackets in quotes and in filters do not count. */
const closing = (text: string, start: number): number => {
  let depth = 0;
  let quote = "";
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "[") depth++;
    else if (char === "]" && --depth === 0) return at;
  }
  throw new JsonPathError(`unterminated array in the path ${JSON.stringify(text)}`);
};

const parseBrackets = (text: string): Step => {
  const inner = text.trim();
  if (inner === "*") return { kind: "all" };
  if (inner.startsWith("?")) return parseFilter(inner.slice(1).trim());
  if (inner.startsWith("'") || inner.startsWith('"')) return { kind: "union", names: splitQuoted(inner) };
  const [, from = "", colon, to = "", , by = ""] = /^(-?\d*)(?:(:)(-?\d*)(:(\d*))?)?$/.exec(inner) ?? [];
  if (inner === "" || (from === "" && colon === undefined)) throw new JsonPathError(`invalid array index ${inner}`);
  const number = (digits: string): number | undefined => (digits === "" ? undefined : Number(digits));
  return {
    kind: "slice",
    from: number(from),
    to: number(to),
    by: Math.max(1, number(by) ?? 1),
    one: colon === undefined,
  };
};

const splitQuoted = (text: string): string[] => {
  const names: string[] = [];
  const pattern = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/gy;
  let end = 0;
  for (let match = pattern.exec(text); match !== null && match[0] !== ""; match = pattern.exec(text)) {
    names.push((match[1] ?? match[2] ?? "").replace(/\\(.)/g, "$1"));
    end = pattern.lastIndex;
  }
  if (end !== text.length) throw new JsonPathError(`invalid array index ${text}`);
  return names;
};

const parseFilter = (text: string): Step => {
  if (!text.startsWith("(") || !text.endsWith(")")) throw new JsonPathError(`invalid filter ${text}`);
  const inner = text.slice(1, -1);
  const [operator, at] = operatorOf(inner);
  if (operator === "") return { kind: "filter", left: operand(inner), operator: "exists", right: undefined };
  return {
    kind: "filter",
    left: operand(inner.slice(0, at)),
    operator,
    right: operand(inner.slice(at + operator.length)),
  };
};

const operatorOf = (text: string): [operator: string, at: number] => {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else {
      const found = ["==", "!=", "<=", ">=", "<", ">"].find((operator) => text.startsWith(operator, at));
      if (found !== undefined) return [found, at];
    }
  }
  return ["", -1];
};

const operand = (text: string): Operand => {
  const inner = text.trim();
  if (inner.startsWith("@") || inner.startsWith("$") || inner.startsWith("."))
    return { path: parseSteps(inner.replace(/^[$@]/, "")) };
  if (/^'.*'$/s.test(inner) || /^".*"$/s.test(inner)) return { value: inner.slice(1, -1).replace(/\\(.)/g, "$1") };
  if (inner === "true" || inner === "false") return { value: inner === "true" };
  if (inner !== "" && Number.isFinite(Number(inner))) return { value: Number(inner) };
  throw new JsonPathError(`unrecognized operand ${inner} in a filter`);
};

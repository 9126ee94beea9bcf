import { type Environment, UnknownNameError, evaluate } from "../expression/evaluate.ts";
import { textOf } from "../expression/values.ts";

/** Values of variables by their dotted names. */
export type Scope = ReadonlyMap<string, unknown>;

const TAG = /\{\{(=?)([\s\S]*?)\}\}/g;

/**
 * A copy of some JSON with the variables in its strings and keys filled in. Those that the scope does not have stay as
 * they are, for a later turn; an expression that fails for another reason throws an ExpressionError.
 */
export const substitute = <T>(value: T, scope: Scope): T => {
  const environment = new Lazy(() => nest(scope));
  return walk(value, (text) => fill(text, scope, environment)) as T;
};

/** The variables in a text that are still there: `{{steps.a.outputs.result}}` gives `steps.a.outputs.result`. */
export const variablesIn = (value: unknown): string[] => {
  const found = new Set<string>();
  walk(value, (text) => {
    for (const [, isExpression, name = ""] of text.matchAll(TAG)) if (isExpression === "") found.add(name.trim());
    return text;
  });
  return [...found];
};

class Lazy<T> {
  #value: { readonly value: T } | undefined;
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  get(): T {
    this.#value ??= { value: this.#make() };
    return this.#value.value;
  }
}

const walk = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === "string") return value.includes("{{") ? change(value) : value;
  if (Array.isArray(value)) return value.map((item) => walk(item, change));
  if (typeof value !== "object" || value === null) return value;
  // fromEntries defines own fields, `__proto__` too.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.includes("{{") ? change(key) : key, walk(item, change)]),
  );
};

const fill = (text: string, scope: Scope, environment: Lazy<Environment>): string =>
  text.replaceAll(TAG, (tag, isExpression: string, inner: string) => {
    if (isExpression === "=") return fillExpression(tag, inner, environment);
    const value = scope.get(inner.trim());
    return value === undefined ? tag : textOf(value);
  });

const fillExpression = (tag: string, inner: string, environment: Lazy<Environment>): string => {
  try {
    const value = evaluate(inner, environment.get());
    return value === undefined ? tag : textOf(value);
  } catch (error) {
    if (error instanceof UnknownNameError) return tag;
    throw error;
  }
};

type Nested = Record<string, unknown>;

/** `steps.a.id` as `{steps: {a: {id}}}`, without prototypes. A name that is also the start of others loses its value. */
export const nest = (scope: Scope): Environment => {
  const root = Object.create(null) as Nested;
  for (const [name, value] of [...scope].sort(([a], [b]) => a.length - b.length)) {
    const parts = name.split(".");
    const last = parts.pop() ?? "";
    let at = root;
    for (const part of parts) {
      const next = at[part];
      const nested = isNested(next) ? next : (Object.create(null) as Nested);
      at[part] = nested;
      at = nested;
    }
    at[last] = value;
  }
  return root;
};

const isNested = (value: unknown): value is Nested =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;

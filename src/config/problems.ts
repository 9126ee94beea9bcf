import type { Document, LineCounter, Node } from "yaml";
import { isMap, isPair, isScalar } from "yaml";
import type { z } from "zod";
import { didYouMean } from "../lib/did-you-mean.ts";

/** One thing that is wrong with a configuration, where, and how it may have been meant. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Points at the key instead of its value. */
  readonly atKey?: boolean;
}

/** `planes.data[1].name` */
export const pathText = (path: readonly (string | number)[]): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");

/** `line:column` of a path in the text; of the nearest parent where the path itself is not written. */
export const locate = (document: Document, lines: LineCounter, { path, atKey }: Problem): string => {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length);
    const offset = atKey === true && length === path.length ? keyOffset(document, part) : valueOffset(document, part);
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  }
  return "1:1";
};

const valueOffset = (document: Document, path: readonly (string | number)[]): number | undefined =>
  (document.getIn(path, true) as Node | undefined)?.range?.[0];

const keyOffset = (document: Document, path: readonly (string | number)[]): number | undefined => {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
  return (pair?.key as Node | undefined)?.range?.[0];
};

/** zod's issues in this program's words, with a suggestion where a name is almost right. */
export const problemsOf = (issues: readonly z.core.$ZodIssue[], schema: z.ZodType): Problem[] =>
  issues.flatMap((issue): Problem[] => {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    switch (issue.code) {
      case "unrecognized_keys": {
        const known = keysAt(schema, path);
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: `unknown key${suggestion(key, known)}`,
          atKey: true,
        }));
      }
      case "invalid_value": {
        const values = issue.values.map(String);
        const given = "input" in issue && typeof issue.input === "string" ? issue.input : undefined;
        if (given === undefined) return [{ path, message: `has to be one of ${values.join(", ")}` }];
        const text =
          values.length === 1 ? `"${given}" has to be "${values[0]}"` : `"${given}" is not one of ${values.join(", ")}`;
        return [{ path, message: `${text}${suggestion(given, values)}` }];
      }
      case "invalid_type":
        return [{ path, message: issue.input === undefined ? "is missing" : `has to be ${article(issue.expected)}` }];
      default:
        return [{ path, message: issue.message }];
    }
  });

const article = (type: string): string =>
  type === "record" || type === "object"
    ? "a map"
    : type === "array"
      ? "a list"
      : type === "int"
        ? "a whole number"
        : `a ${type}`;

const suggestion = (word: string, known: readonly string[]): string => {
  const meant = didYouMean(word, known);
  return meant === undefined
    ? known.length === 0
      ? ""
      : `. Known: ${known.join(", ")}`
    : `. Did you mean "${meant}"?`;
};

/** Names of the fields that the schema has at a path. */
const keysAt = (schema: z.ZodType, path: readonly (string | number)[]): string[] => {
  let at: unknown = schema;
  for (const part of path) at = typeof part === "number" ? inner(at).element : inner(at).shape?.[part];
  return Object.keys(inner(at).shape ?? {});
};

interface Shape {
  readonly shape?: Record<string, unknown>;
  readonly element?: unknown;
}

/** The schema inside optional wrappers. */
const inner = (schema: unknown): Shape => {
  let at = schema as (Shape & { unwrap?: () => unknown }) | undefined;
  while (at !== undefined && at.shape === undefined && at.element === undefined && typeof at.unwrap === "function")
    at = at.unwrap() as Shape;
  return at ?? {};
};

import type { z } from "zod";
import { didYouMean } from "../lib/did-you-mean.ts";

/** Way from the root of the file to a value: keys and list indexes. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a configuration, where, and how it may have been meant. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** Points at the key instead of its value. */
  readonly atKey?: boolean;
}

/** `planes.data[1].name` */
export const pathText = (path: Path): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");

/** The schema's findings in this program's words, with a suggestion where a key or value is almost right. */
export const problemsOf = (issues: readonly z.core.$ZodIssue[], schema: z.ZodType): Problem[] =>
  issues.flatMap((issue): Problem[] => {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    if (issue.code !== "unrecognized_keys") return [{ path, message: messageOf(issue) }];
    const known = keysAt(schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key. ${suggestion(key, known)}`,
      atKey: true,
    }));
  });

/** The nearest known word, or all of them. */
export const suggestion = (word: string, known: readonly string[]): string => {
  const meant = didYouMean(word, known);
  return meant === undefined ? `Known: ${known.join(", ")}` : `Did you mean "${meant}"?`;
};

const messageOf = (issue: z.core.$ZodIssue): string => {
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value"))
    return "is missing";
  switch (issue.code) {
    case "invalid_value": {
      const values = issue.values.map(String);
      const given = String(issue.input);
      return `"${given}" is not one of ${values.join(", ")}. ${suggestion(given, values)}`;
    }
    case "invalid_type":
      return typeProblem(issue.expected, issue.input);
    case "too_small":
      return issue.origin === "array" ? "is an empty list: fill or remove it" : `has to be ${issue.minimum} or more`;
    case "too_big":
      return `has to be ${issue.maximum} or less`;
    default:
      return issue.message;
  }
};

const TYPES: Readonly<Record<string, string>> = {
  object: "a map",
  record: "a map",
  array: "a list",
  int: "a whole number",
  boolean: "true or false",
};

const typeProblem = (expected: string, input: unknown): string => {
  if (input === null) return "has no value: give it one or remove it";
  const wanted = `has to be ${TYPES[expected] ?? `a ${expected}`}`;
  const isQuotable = expected === "string" && typeof input !== "object";
  return isQuotable ? `${wanted}: put ${String(input)} in quotes` : wanted;
};

/** Names of the fields that the schema has at a path. */
const keysAt = (schema: z.ZodType, path: Path): string[] => {
  let at: unknown = schema;
  for (const part of path) at = typeof part === "number" ? unwrapped(at).element : unwrapped(at).shape?.[part];
  return Object.keys(unwrapped(at).shape ?? {});
};

interface Shape {
  readonly shape?: Record<string, unknown>;
  readonly element?: unknown;
  readonly unwrap?: () => Shape;
}

/** The schema inside `optional()`. A list has `unwrap` too, and its `element`. */
const unwrapped = (schema: unknown): Shape => {
  const at = (schema ?? {}) as Shape;
  return at.shape === undefined && at.element === undefined && at.unwrap !== undefined ? unwrapped(at.unwrap()) : at;
};

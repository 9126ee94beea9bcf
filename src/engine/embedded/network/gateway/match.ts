import { ChoreoError } from "../../../../lib/errors.ts";
import type { RouteMatch, ValueMatch } from "./kinds.ts";

/** What of a request decides where it goes. */
export interface RequestFacts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Of a header by its lower-case name; several are joined by commas. */
  header(name: string): string | undefined;
  /** The first value of a query parameter. */
  query(name: string): string | undefined;
}

/** One alternative of a rule, ready for use. */
export interface Matcher {
  readonly matches: (request: RequestFacts) => boolean;
  /** For {@link compareRanks}. */
  readonly rank: readonly number[];
  /** The prefix of a match by prefix, without a slash at its end; undefined for the other kinds of path match. */
  readonly prefix: string | undefined;
}

/**
 * Makes an alternative ready for use. Fails with `E_MANIFEST` for what this gateway does not know: other types of match,
 * expressions that JavaScript does not read. Regular expressions have to match the whole value.
 */
export const compileMatch = (match: RouteMatch): Matcher => {
  const path = compilePath(match.path?.type ?? "PathPrefix", match.path?.value ?? "/");
  const headers = compileValues(match.headers ?? [], (name) => name.toLowerCase());
  const params = compileValues(match.queryParams ?? [], (name) => name);
  const { method } = match;
  return {
    prefix: path.prefix,
    rank: [path.order, path.length, method === undefined ? 0 : 1, headers.length, params.length],
    matches: (request) =>
      (method === undefined || request.method === method) &&
      path.test(request.path) &&
      headers.every(({ name, test }) => test(request.header(name))) &&
      params.every(({ name, test }) => test(request.query(name))),
  };
};

/**
 * Negative when `one` goes first: exact paths, then expressions, then prefixes; of these the longest, then those with a
 * method, with more headers, with more query parameters.
 */
export const compareRanks = (one: readonly number[], other: readonly number[]): number => {
  for (const [at, value] of one.entries()) {
    const difference = (other[at] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
};

interface PathTest {
  readonly test: (path: string) => boolean;
  readonly order: number;
  readonly length: number;
  readonly prefix: string | undefined;
}

const compilePath = (type: string, value: string): PathTest => {
  switch (type) {
    case "Exact":
      return { test: (path) => path === value, order: 2, length: value.length, prefix: undefined };
    case "RegularExpression": {
      const expression = compileExpression(value);
      return { test: (path) => expression.test(path), order: 1, length: value.length, prefix: undefined };
    }
    case "PathPrefix": {
      const prefix = value.replace(/\/+$/, "");
      const test = (path: string): boolean =>
        path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
      return { test, order: 0, length: prefix.length, prefix };
    }
    default:
      throw unsupported(`path match type ${type}`);
  }
};

interface ValueTest {
  readonly name: string;
  readonly test: (value: string | undefined) => boolean;
}

/** Of several conditions on one name the first counts. */
const compileValues = (matches: readonly ValueMatch[], nameOf: (name: string) => string): ValueTest[] => {
  const tests = new Map<string, ValueTest>();
  for (const match of matches) {
    const name = nameOf(match.name);
    if (!tests.has(name)) tests.set(name, { name, test: compileValue(match) });
  }
  return [...tests.values()];
};

const compileValue = ({ type = "Exact", value }: ValueMatch): ValueTest["test"] => {
  if (type === "Exact") return (actual) => actual === value;
  if (type !== "RegularExpression") throw unsupported(`match type ${type}`);
  const expression = compileExpression(value);
  return (actual) => actual !== undefined && expression.test(actual);
};

const compileExpression = (source: string): RegExp => {
  try {
    return new RegExp(`^(?:${source})$`, "u");
  } catch (error) {
    throw unsupported(`regular expression ${source}`, error);
  }
};

/** What a route asks for and this gateway does not have. */
export const unsupported = (what: string, cause?: unknown): ChoreoError =>
  new ChoreoError("E_MANIFEST", `${what} is not supported`, cause === undefined ? {} : { cause });

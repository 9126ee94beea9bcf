/** Whether a regular expression of Go's dialect (RE2) is found in a text. */
export type Matcher = (text: string) => boolean;

/** The pattern is no regular expression of that dialect. */
export class PatternError extends Error {}

type Re2 = typeof import("re2js").RE2JS;
let re2: Re2 | undefined;
const matchers = new Map<string, Matcher>();
const MOST_CACHED = 2000;

/** Loads what patterns need that JavaScript's own regular expressions are not safe for. */
export const loadPatterns = async (): Promise<void> => {
  re2 ??= (await import("re2js")).RE2JS;
};

/** Whether {@link matcherOf} needs {@link loadPatterns} first. */
export const needsLoading = (pattern: string): boolean => re2 === undefined && !isSimple(pattern);

/** Compiles a pattern, once. Throws a {@link PatternError}. Matching takes time linear in the text. */
export const matcherOf = (pattern: string): Matcher => {
  const known = matchers.get(pattern);
  if (known !== undefined) return known;
  if (matchers.size >= MOST_CACHED) matchers.clear();
  const matcher = isSimple(pattern) ? native(pattern) : linear(pattern);
  matchers.set(pattern, matcher);
  return matcher;
};

/** A pattern as such, for finding what it matches. Throws a {@link PatternError}. */
export const linearExpression = (pattern: string): InstanceType<Re2> => {
  if (re2 === undefined) throw new Error(`loadPatterns() has to come before the pattern ${JSON.stringify(pattern)}`);
  try {
    return re2.compile(pattern);
  } catch (error) {
    throw new PatternError((error as Error).message);
  }
};

const native = (pattern: string): Matcher => {
  const expression = new RegExp(pattern, "u");
  return (text) => expression.test(text);
};

const linear = (pattern: string): Matcher => {
  const expression = linearExpression(pattern);
  return (text) => expression.matcher(text).find();
};

/** An anchored row of characters and classes of which one at most repeats without bound: no search can be slow in it. */
const SIMPLE =
  /^\^(?:(?:[\w:/@ -]|\\[.\-/dw]|\[\^?(?:[\w:/@. ]-?[\w:/@. ]?)+-?\])(?:\?|\{\d{1,3}(?:,\d{1,3})?\})?)*(?:(?:[\w:/@ -]|\\[.\-/dw]|\[[\w:/@. -]+\])[*+])?\$$/u;
const LONGEST_SIMPLE = 100;

const isSimple = (pattern: string): boolean => {
  if (pattern.length > LONGEST_SIMPLE || !SIMPLE.test(pattern)) return false;
  try {
    return new RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
};

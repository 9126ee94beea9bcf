import { ValueError, valueOf } from "./condition-value.ts";
import { type Tree, UNEXPECTED_END, parseExpression } from "./parse.ts";
import { ExpressionError, type Token, tokenize } from "./tokens.ts";
import { textOf } from "./values.ts";

/**
 * Whether a `when` condition holds. Its language has lists in parentheses, and words without quotes are strings, so that
 * `{{steps.flip.outputs.result}} == heads` works after its variables were filled in.
 */
export const conditionHolds = (condition: string): boolean => {
  const value = evaluated(condition);
  if (typeof value === "boolean") return value;
  throw new ExpressionError(`Expected boolean evaluation for '${condition}'. Got ${textOf(value)}`);
};

const evaluated = (condition: string): unknown => {
  try {
    checkNeighbours(condition);
    return valueOf(wordsAsStrings(parseExpression(listsInBrackets(condition))));
  } catch (error) {
    const reason = error instanceof Error ? reasonOf(error, condition) : "";
    // The misspelling is Argo's.
    if (error instanceof ValueError)
      throw new ExpressionError(`Failed to evaluate 'when' expresion '${condition}': ${reason}`);
    throw new ExpressionError(`Invalid 'when' expression '${condition}': ${reason}`);
  }
};

/** What Argo shows is of another parser than ours; where a condition is only half, people know its words. */
const reasonOf = ({ message }: Error, condition: string): string => {
  if (message !== UNEXPECTED_END) return message;
  const operators = tokenize(condition).filter(({ kind }) => kind === "operator");
  const count = (value: string): number => operators.filter((token) => token.value === value).length;
  return count("(") === count(")") ? "Unexpected end of expression" : "Unbalanced parenthesis";
};

/** What stands side by side without an operator between is told apart before all else. */
const checkNeighbours = (condition: string): void => {
  const tokens = tokenize(condition);
  for (const [index, token] of tokens.entries()) {
    const [before, next] = [tokens[index - 1], tokens[index + 1]];
    if (next === undefined) continue;
    const isPrefix =
      (token.value === "-" || token.value === "!") &&
      token.kind === "operator" &&
      (before === undefined || before.kind === "operator") &&
      before?.value !== ")";
    const wrong = isPrefix ? next.kind === "string" : typeOf(token) !== undefined && typeOf(next) !== undefined;
    if (!wrong) continue;
    const from = isPrefix ? "PREFIX" : (typeOf(token) ?? "");
    throw new ExpressionError(
      `Cannot transition token types from ${from} [${token.value}] to ${typeOf(next) ?? ""} [${next.value}]`,
    );
  }
};

const typeOf = ({ kind, value }: Token): string | undefined => {
  if (kind === "number") return "NUMERIC";
  if (kind === "string") return "STRING";
  if (kind === "operator" || value === "in" || value === "IN") return undefined;
  return value === "true" || value === "false" ? "BOOLEAN" : "VARIABLE";
};

/** `in ('a', 'b')` as `in ['a', 'b']`; quotes are stepped over. */
const listsInBrackets = (condition: string): string =>
  condition.replaceAll(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\b(in|IN)\s*\(((?:[^()"']|"[^"]*"|'[^']*')*)\)/g,
    (whole, quoted: string | undefined, _in: string, items: string) => (quoted === undefined ? `in [${items}]` : whole),
  );

const wordsAsStrings = (tree: Tree): Tree => {
  switch (tree.kind) {
    case "name":
      return { kind: "value", value: tree.name };
    case "member":
      return { kind: "value", value: wordOf(tree) };
    case "unary":
      return { ...tree, of: wordsAsStrings(tree.of) };
    case "binary":
      return binary(tree);
    case "choice":
      return { ...tree, test: wordsAsStrings(tree.test), yes: wordsAsStrings(tree.yes), no: wordsAsStrings(tree.no) };
    case "list":
      return { ...tree, items: tree.items.map(wordsAsStrings) };
    default:
      return tree;
  }
};

/** Numbers and words differ, as in any typed language; `a-b` without quotes is one word to its author, not here. */
const binary = (tree: Tree & { kind: "binary" }): Tree => ({
  ...tree,
  left: wordsAsStrings(tree.left),
  right: wordsAsStrings(tree.right),
});

const wordOf = (tree: Tree): string => {
  if (tree.kind === "name") return tree.name;
  if (tree.kind !== "member" || tree.key.kind !== "value") throw new ExpressionError("unexpected index");
  const field = textOf(tree.key.value);
  const word = `${wordOf(tree.of)}.${field}`;
  if (/^\p{Ll}/u.test(field))
    throw new ExpressionError(`Unable to access unexported field '${field}' in token '${word}'`);
  throw new ValueError(`No parameter '${word.split(".")[0] ?? ""}' found.`);
};

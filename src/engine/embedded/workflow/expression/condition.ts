import { evaluateTree } from "./evaluate.ts";
import { type Tree, UNEXPECTED_END, parseExpression } from "./parse.ts";
import { ExpressionError } from "./tokens.ts";
import { textOf } from "./values.ts";

/**
 * Whether a `when` condition holds. Its language has lists in parentheses, and words without quotes are strings, so that
 * `{{steps.flip.outputs.result}} == heads` works after its variables were filled in.
 */
export const conditionHolds = (condition: string): boolean => {
  const value = valueOf(condition);
  if (typeof value === "boolean") return value;
  throw new ExpressionError(`Expected boolean evaluation for '${condition}'. Got ${textOf(value)}`);
};

const valueOf = (condition: string): unknown => {
  try {
    return evaluateTree(wordsAsStrings(parseExpression(listsInBrackets(condition))), {});
  } catch (error) {
    throw new ExpressionError(
      `Invalid 'when' expression '${condition}': ${error instanceof Error ? reasonOf(error) : ""}`,
    );
  }
};

/** What Argo shows is of another parser than ours; where the condition just ends, people know its words. */
const reasonOf = ({ message }: Error): string =>
  message === UNEXPECTED_END ? "Unexpected end of expression" : message;

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
  if (tree.kind === "member" && tree.key.kind === "value") return `${wordOf(tree.of)}.${textOf(tree.key.value)}`;
  throw new ExpressionError("unexpected index");
};

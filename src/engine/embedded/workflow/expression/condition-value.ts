import { OPERATIONS } from "./evaluate.ts";
import type { Tree } from "./parse.ts";
import { ExpressionError } from "./tokens.ts";
import { same, textOf } from "./values.ts";

/** A condition that can be read, but has no value. */
export class ValueError extends ExpressionError {}

/** Value of a condition, which has values and operators only; the complaints are those of Argo's own parser. */
export const valueOf = (tree: Tree): unknown => {
  switch (tree.kind) {
    case "value":
      return tree.value;
    case "list":
      return tree.items.map(valueOf);
    case "unary":
      return prefix(tree.operator, valueOf(tree.of));
    case "choice":
      return valueOf(bool(tree.test, "?", "ternary operator") ? tree.yes : tree.no);
    case "binary":
      return binary(tree);
    default:
      throw new ValueError("only values and operators are allowed here");
  }
};

const prefix = (operator: string, value: unknown): unknown => {
  if (operator === "-" && typeof value === "number") return -value;
  if (operator !== "-" && typeof value === "boolean") return !value;
  throw new ValueError(`Value '${textOf(value)}' cannot be used with the prefix '${operator}'`);
};

const bool = (tree: Tree, operator: string, what: string): boolean => {
  const value = valueOf(tree);
  if (typeof value === "boolean") return value;
  throw new ValueError(`Value '${textOf(value)}' cannot be used with the ${what} '${operator}', it is not a bool`);
};

const MODIFIERS = ["-", "*", "/", "%", "**"];
const COMPARATORS = ["<", ">", "<=", ">="];

const binary = ({ operator, left, right }: Tree & { kind: "binary" }): unknown => {
  if (operator === "&&") return bool(left, operator, "logical operator") && bool(right, operator, "logical operator");
  if (operator === "||") return bool(left, operator, "logical operator") || bool(right, operator, "logical operator");
  const [a, b] = [valueOf(left), valueOf(right)];
  if (operator === "==") return same(a, b);
  if (operator === "!=") return !same(a, b);
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) return textOf(a) + textOf(b);
  if (MODIFIERS.includes(operator) || operator === "+") checkNumbers([a, b], operator, "modifier");
  if (COMPARATORS.includes(operator) && !(typeof a === "string" && typeof b === "string"))
    checkNumbers([a, b], operator, "comparator");
  return OPERATIONS[operator]?.(a, b, operator);
};

const checkNumbers = (values: readonly unknown[], operator: string, what: string): void => {
  const found = values.find((value) => typeof value !== "number");
  // Of a comparison the left side is named, whichever is wrong.
  const wrong = what === "comparator" ? values[0] : found;
  if (found !== undefined)
    throw new ValueError(`Value '${textOf(wrong)}' cannot be used with the ${what} '${operator}', it is not a number`);
};

import { type Tree, parseExpression } from "./parse.ts";
import { FUNCTIONS, PREDICATES, type Predicate } from "./functions.ts";
import { ExpressionError } from "./tokens.ts";
import { compare, ownField, same, textOf, truth } from "./values.ts";

/** Names of an expression. Fields are looked up as own properties only. */
export type Environment = Readonly<Record<string, unknown>>;

/** A name that the environment does not have. */
export class UnknownNameError extends ExpressionError {}

const MOST_STEPS = 100_000;

/** Value of a text in (a subset of) the language of expr-lang; ExpressionError when it has none. */
export const evaluate = (text: string, environment: Environment): unknown =>
  evaluateTree(parseExpression(text), environment);

/** Value of a tree. Ends with an ExpressionError after 100 000 operations. */
export const evaluateTree = (tree: Tree, environment: Environment): unknown => {
  let steps = 0;
  const walk = (node: Tree, names: Environment): unknown => {
    steps += 1;
    if (steps > MOST_STEPS) throw new ExpressionError("takes too many operations");
    return visit(node, names, walk);
  };
  return walk(tree, environment);
};

type Walk = (tree: Tree, names: Environment) => unknown;

const visit = (tree: Tree, names: Environment, walk: Walk): unknown => {
  switch (tree.kind) {
    case "value":
      return tree.value;
    case "name":
      return lookUp(tree.name, names);
    case "member":
      return member(walk(tree.of, names), walk(tree.key, names), tree.optional);
    case "slice":
      return slice(tree, names, walk);
    case "unary":
      return unary(tree.operator, walk(tree.of, names));
    case "binary":
      return binary(tree, names, walk);
    case "choice":
      return truth(walk(tree.test, names)) ? walk(tree.yes, names) : walk(tree.no, names);
    case "list":
      return tree.items.map((item) => walk(item, names));
    case "map":
      return new Map(tree.entries.map(([key, value]) => [textOf(walk(key, names)), walk(value, names)]));
    case "let":
      return walk(tree.body, withName(names, tree.name, walk(tree.value, names)));
    case "call":
      return call(tree, names, walk);
    case "closure":
      throw new ExpressionError("a function in braces is only allowed as an argument");
  }
};

const lookUp = (name: string, names: Environment): unknown => {
  if (Object.hasOwn(names, name)) return names[name];
  throw new UnknownNameError(`unknown name ${name}`);
};

const withName = (names: Environment, name: string, value: unknown): Environment =>
  Object.assign(Object.create(null) as Record<string, unknown>, names, { [name]: value });

const member = (of: unknown, key: unknown, isOptional: boolean): unknown => {
  if (of === undefined || of === null) {
    if (isOptional) return undefined;
    throw new UnknownNameError(`cannot fetch ${textOf(key)} from nil`);
  }
  if (Array.isArray(of) || typeof of === "string") return of.at(Number(key));
  return ownField(of, textOf(key));
};

const slice = (tree: Tree & { kind: "slice" }, names: Environment, walk: Walk): unknown => {
  const of = walk(tree.of, names);
  const from = tree.from === undefined ? 0 : Number(walk(tree.from, names));
  const to = tree.to === undefined ? undefined : Number(walk(tree.to, names));
  if (Array.isArray(of) || typeof of === "string") return of.slice(from, to);
  throw new ExpressionError(`cannot slice ${textOf(of)}`);
};

const unary = (operator: string, value: unknown): unknown => {
  if (operator === "-") return -number(value, "-");
  if (operator === "+") return number(value, "+");
  return !truth(value);
};

const number = (value: unknown, operator: string): number => {
  if (typeof value === "number") return value;
  throw new ExpressionError(`invalid operation: ${operator} of ${textOf(value)}, which is no number`);
};

const binary = (tree: Tree & { kind: "binary" }, names: Environment, walk: Walk): unknown => {
  const { operator } = tree;
  const left = walk(tree.left, names);
  if (operator === "&&" || operator === "and") return truth(left) && truth(walk(tree.right, names));
  if (operator === "||" || operator === "or") return truth(left) || truth(walk(tree.right, names));
  if (operator === "??") return left ?? walk(tree.right, names);
  return OPERATIONS[operator]?.(left, walk(tree.right, names), operator);
};

type Operation = (left: unknown, right: unknown, operator: string) => unknown;

const arithmetic =
  (compute: (a: number, b: number) => number): Operation =>
  (left, right, operator) =>
    compute(number(left, operator), number(right, operator));

const text = (value: unknown, operator: string): string => {
  if (typeof value === "string") return value;
  throw new ExpressionError(`invalid operation: ${operator} of ${textOf(value)}, which is no string`);
};

const MOST_ITEMS = 10_000;

const range: Operation = (left, right) => {
  const from = number(left, "..");
  const length = number(right, "..") - from + 1;
  if (!(length <= MOST_ITEMS)) throw new ExpressionError("the range is too long");
  return Array.from({ length: Math.max(0, length) }, (_, index) => from + index);
};

const contains: Operation = (item, of) => {
  if (Array.isArray(of)) return of.some((each) => same(each, item));
  return ownField(of, textOf(item)) !== undefined;
};

/** Patterns that may take exponential time are not worth the risk: texts are short here, and so must patterns be. */
const matches: Operation = (left, right, operator) => {
  const pattern = text(right, operator);
  if (pattern.length > 500 || /[+*}]\)[+*{]/.test(pattern))
    throw new ExpressionError(`pattern ${pattern} is not supported`);
  try {
    return new RegExp(pattern, "u").test(text(left, operator).slice(0, 10_000));
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError(`${JSON.stringify(pattern)} is not a pattern`);
  }
};

const add: Operation = (left, right, operator) => {
  if (typeof left === "string" && typeof right === "string") return left + right;
  return number(left, operator) + number(right, operator);
};

/** Of two values, by the operator. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "+": add,
  "-": arithmetic((a, b) => a - b),
  "*": arithmetic((a, b) => a * b),
  "/": arithmetic((a, b) => a / b),
  "%": arithmetic((a, b) => a % b),
  "^": arithmetic((a, b) => a ** b),
  "**": arithmetic((a, b) => a ** b),
  "==": same,
  "!=": (left, right) => !same(left, right),
  "<": (left, right) => compare(left, right) < 0,
  ">": (left, right) => compare(left, right) > 0,
  "<=": (left, right) => compare(left, right) <= 0,
  ">=": (left, right) => compare(left, right) >= 0,
  "..": range,
  in: contains,
  contains: (left, right, operator) => text(left, operator).includes(text(right, operator)),
  startsWith: (left, right, operator) => text(left, operator).startsWith(text(right, operator)),
  endsWith: (left, right, operator) => text(left, operator).endsWith(text(right, operator)),
  matches,
  "=~": matches,
  "!~": (left, right, operator) => matches(left, right, operator) === false,
};

const call = (tree: Tree & { kind: "call" }, names: Environment, walk: Walk): unknown => {
  const name = calleeName(tree.callee);
  const predicate = PREDICATES.get(name);
  if (predicate !== undefined) return callPredicate(predicate, tree.args, names, walk);
  const known = FUNCTIONS.get(name);
  if (known === undefined) throw new ExpressionError(`unknown function ${name}`);
  return known(...tree.args.map((arg) => walk(arg, names)));
};

const calleeName = (tree: Tree): string => {
  if (tree.kind === "name") return tree.name;
  if (tree.kind === "member" && tree.of.kind === "name" && tree.key.kind === "value") {
    return `${tree.of.name}.${textOf(tree.key.value)}`;
  }
  throw new ExpressionError("only functions can be called");
};

const callPredicate = (predicate: Predicate, args: readonly Tree[], names: Environment, walk: Walk): unknown => {
  const [listed, closure, ...rest] = args;
  const items = listed === undefined ? undefined : walk(listed, names);
  if (!Array.isArray(items)) throw new ExpressionError("the first argument must be a list");
  const body = closure?.kind === "closure" ? closure.body : closure;
  const test = (item: unknown, extra: Environment = {}): unknown => {
    if (body === undefined) return item;
    const fields = typeof item === "object" && item !== null ? item : {};
    return walk(
      body,
      Object.assign(Object.create(null) as Record<string, unknown>, names, fields, extra, { "#": item }),
    );
  };
  return predicate(items, test, ...rest.map((arg) => walk(arg, names)));
};

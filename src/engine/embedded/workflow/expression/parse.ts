import { ExpressionError, type Token, tokenize } from "./tokens.ts";

/** Syntax tree of an expression. */
export type Tree =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly of: Tree; readonly key: Tree; readonly optional: boolean }
  | { readonly kind: "slice"; readonly of: Tree; readonly from: Tree | undefined; readonly to: Tree | undefined }
  | { readonly kind: "call"; readonly callee: Tree; readonly args: readonly Tree[] }
  | { readonly kind: "unary"; readonly operator: string; readonly of: Tree }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Tree; readonly right: Tree }
  | { readonly kind: "choice"; readonly test: Tree; readonly yes: Tree; readonly no: Tree }
  | { readonly kind: "list"; readonly items: readonly Tree[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Tree, Tree])[] }
  | { readonly kind: "closure"; readonly body: Tree }
  | { readonly kind: "let"; readonly name: string; readonly value: Tree; readonly body: Tree };

/** Binding powers; `not` before an operator in words negates it. */
const BINARY: ReadonlyMap<string, number> = new Map([
  ["|", 1],
  ["or", 2],
  ["||", 2],
  ["and", 3],
  ["&&", 3],
  ...["==", "!=", "<", ">", "<=", ">=", "in", "matches", "contains", "startsWith", "endsWith", "=~", "!~"].map(
    (operator) => [operator, 5] as const,
  ),
  ["..", 6],
  ["+", 7],
  ["-", 7],
  ["*", 8],
  ["/", 8],
  ["%", 8],
  ["^", 10],
  ["**", 10],
  ["??", 11],
]);

const LITERALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["nil", undefined],
]);

const DEEPEST = 200;

export const UNEXPECTED_END = "unexpected end of the expression";

/** The tree of a text in the language of expr-lang, or what is wrong as an ExpressionError. */
export const parseExpression = (text: string): Tree => {
  const parser = createParser(tokenize(text));
  const tree = parser.expression(0);
  parser.end();
  return tree;
};

interface Parser {
  expression(power: number): Tree;
  end(): void;
}

const createParser = (tokens: readonly Token[]): Parser => {
  let index = 0;
  let depth = 0;
  const peek = (offset = 0): Token | undefined => tokens[index + offset];
  const is = (value: string, offset = 0): boolean => {
    const token = peek(offset);
    return token !== undefined && token.kind === "operator" && token.value === value;
  };
  const accept = (value: string): boolean => {
    if (!is(value)) return false;
    index += 1;
    return true;
  };
  const fail = (): never => {
    const token = peek();
    if (token === undefined) throw new ExpressionError(UNEXPECTED_END);
    throw new ExpressionError(`unexpected ${token.kind} ${JSON.stringify(token.value)} at ${token.at}`);
  };
  const expect = (value: string): void => {
    if (!accept(value)) fail();
  };
  const next = (): Token => {
    const token = peek() ?? fail();
    index += 1;
    return token;
  };
  const name = (): string => {
    const token = next();
    if (token.kind === "name") return token.value;
    index -= 1;
    return fail();
  };
  const operatorAt = (offset: number): string | undefined => {
    const token = peek(offset);
    return token?.kind === "operator" || token?.kind === "name" ? token.value : undefined;
  };

  const expression = (power: number): Tree => {
    depth += 1;
    if (depth > DEEPEST) throw new ExpressionError("nested too deeply");
    try {
      return power === 0 ? choice() : binary(power);
    } finally {
      depth -= 1;
    }
  };

  const choice = (): Tree => {
    const first = peek();
    if (first?.kind === "name" && first.value === "let" && peek(1)?.kind === "name") return declaration();
    const test = binary(1);
    if (!accept("?")) return test;
    const yes = expression(0);
    expect(":");
    return { kind: "choice", test, yes, no: expression(0) };
  };

  const declaration = (): Tree => {
    index += 1;
    const variable = name();
    const equals = next();
    if (equals.value !== "=") fail();
    const value = expression(0);
    expect(";");
    return { kind: "let", name: variable, value, body: expression(0) };
  };

  const binary = (lowest: number): Tree => {
    let left = unary();
    for (;;) {
      const isNegated = operatorAt(0) === "not" && peek()?.kind === "name";
      const operator = operatorAt(isNegated ? 1 : 0);
      const power = operator === undefined ? undefined : BINARY.get(operator);
      if (operator === undefined || power === undefined || power < lowest) return left;
      index += isNegated ? 2 : 1;
      const isRightAssociative = power === 10;
      const right = expression(isRightAssociative ? power : power + 1);
      const tree: Tree = operator === "|" ? pipe(left, right) : { kind: "binary", operator, left, right };
      left = isNegated ? { kind: "unary", operator: "not", of: tree } : tree;
    }
  };

  const unary = (): Tree => {
    const token = peek();
    if (token?.kind === "name" && token.value === "not") {
      index += 1;
      return { kind: "unary", operator: "not", of: expression(4) };
    }
    for (const operator of ["!", "-", "+"]) {
      if (accept(operator)) return { kind: "unary", operator, of: expression(9) };
    }
    return postfix(primary());
  };

  const postfix = (start: Tree): Tree => {
    let tree = start;
    for (;;) {
      const optional = accept("?.");
      if (optional || accept(".")) tree = { kind: "member", of: tree, key: { kind: "value", value: name() }, optional };
      else if (accept("[")) tree = bracket(tree);
      else if (is("(")) tree = { kind: "call", callee: tree, args: args() };
      else return tree;
    }
  };

  const bracket = (of: Tree): Tree => {
    const from = is(":") ? undefined : expression(0);
    if (accept("]")) return from === undefined ? fail() : { kind: "member", of, key: from, optional: false };
    expect(":");
    const to = is("]") ? undefined : expression(0);
    expect("]");
    return { kind: "slice", of, from, to };
  };

  const args = (): Tree[] => {
    expect("(");
    return list(")", () => (is("{") ? closureOrMap() : predicate()));
  };

  const predicate = (): Tree => expression(0);

  /** `{# > 1}` and `{.name}` are functions of one value; `{"a": 1}` is a map. */
  const closureOrMap = (): Tree => {
    const isMap = is("}", 1) || is(":", 2);
    if (isMap) return expression(0);
    expect("{");
    const body = expression(0);
    expect("}");
    return { kind: "closure", body };
  };

  const list = <T>(end: string, item: () => T): T[] => {
    const items: T[] = [];
    while (!accept(end)) {
      if (items.length > 0) {
        expect(",");
        if (accept(end)) break;
      }
      items.push(item());
    }
    return items;
  };

  const entry = (): readonly [Tree, Tree] => {
    const key = next();
    if (key.value === "(") {
      const computed = expression(0);
      expect(")");
      expect(":");
      return [computed, expression(0)];
    }
    if (key.kind === "operator") fail();
    expect(":");
    return [{ kind: "value", value: String(key.value) }, expression(0)];
  };

  const primary = (): Tree => {
    const token = next();
    if (token.kind === "number" || token.kind === "string") return { kind: "value", value: token.value };
    if (token.kind === "name") {
      if (LITERALS.has(token.value)) return { kind: "value", value: LITERALS.get(token.value) };
      return { kind: "name", name: token.value };
    }
    if (token.value === "(") {
      const inner = expression(0);
      expect(")");
      return inner;
    }
    if (token.value === "[") return { kind: "list", items: list("]", () => expression(0)) };
    if (token.value === "{") return { kind: "map", entries: list("}", entry) };
    if (token.value === ".") {
      return {
        kind: "member",
        of: { kind: "name", name: "#" },
        key: { kind: "value", value: name() },
        optional: false,
      };
    }
    index -= 1;
    return fail();
  };

  return { expression, end: () => (index < tokens.length ? fail() : undefined) };
};

const pipe = (value: Tree, target: Tree): Tree => {
  if (target.kind !== "call") throw new ExpressionError("the right side of | must be a call");
  return { ...target, args: [value, ...target.args] };
};

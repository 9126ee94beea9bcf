import type { ASTNode } from "@marcbachmann/cel-js";

/** Steps that are left to the rules of one object. */
export interface Budget {
  left: number;
}

export class BudgetError extends Error {}

type Evaluate = (...parts: unknown[]) => unknown;
interface Meta {
  evaluate?: Evaluate;
  macro?: { evaluate?: Evaluate };
  alternate?: unknown;
}

let current: Budget = { left: Number.POSITIVE_INFINITY };

/** Runs something with a budget: every expression that was made countable takes one step of it. */
export const withBudget = <T>(budget: Budget, run: () => T): T => {
  const outer = current;
  current = budget;
  try {
    return run();
  } finally {
    current = outer;
  }
};

/** Makes every part of a checked expression take a step of the budget when it is evaluated. */
export const countSteps = (root: unknown): void => {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  for (let one = waiting.pop(); waiting.length > 0 || one !== undefined; one = waiting.pop()) {
    if (typeof one !== "object" || one === null || seen.has(one)) continue;
    seen.add(one);
    const { meta } = one as { meta?: Meta };
    if (meta !== undefined) countNode(meta, waiting);
    waiting.push(...(Array.isArray(one) ? one : partsOf(one)));
  }
};

/** Of the library's objects only expressions and what they are made of, no types or contexts. */
const partsOf = (one: object): unknown[] =>
  [
    "args",
    "iterable",
    "step",
    "init",
    "condition",
    "result",
    "left",
    "right",
    "receiverWithArgs",
    "callAst",
    "macroHasProps",
    "val",
    "exp",
    "bindValue",
    "body",
  ]
    .map((name) => (one as Record<string, unknown>)[name])
    .filter((part) => typeof part === "object");

const countNode = (meta: Meta, waiting: unknown[]): void => {
  const { evaluate, macro, alternate } = meta;
  if (evaluate !== undefined) meta.evaluate = counted(evaluate);
  if (macro?.evaluate !== undefined) macro.evaluate = counted(macro.evaluate);
  waiting.push(macro, alternate);
};

const counted = (evaluate: Evaluate): Evaluate =>
  function step(this: unknown, ...parts) {
    if (--current.left < 0) throw new BudgetError("the rules took too many steps");
    return evaluate.apply(this, parts);
  };

/** The calls of a function by another name. To be done before an expression is checked. */
export const renameCalls = (root: ASTNode, from: string, to: string): void => {
  const waiting: unknown[] = [root];
  const seen = new Set<unknown>();
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one !== "object" || one === null || seen.has(one)) continue;
    seen.add(one);
    const { op, args, meta } = one as { op?: string; args?: unknown; meta?: Meta };
    if (op === "rcall" && Array.isArray(args) && args[0] === from) args[0] = to;
    if (meta !== undefined) waiting.push(meta.macro, meta.alternate);
    waiting.push(...(Array.isArray(one) ? one : partsOf(one)));
  }
};

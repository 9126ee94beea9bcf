import { Optional } from "@marcbachmann/cel-js";
import type { Schema, ValidationRule } from "../schema.ts";
import { type Budget, withBudget } from "./budget.ts";
import { type Compiled, type Program, VALUE_TYPES } from "./compile.ts";
import { celValue } from "./values.ts";

export { compileRule } from "./compile.ts";

/** `failed`: the rule could not be evaluated; `violated`: it said no. The message is for a cause. */
export type Outcome =
  | { readonly outcome: "held"; readonly message: "" }
  | { readonly outcome: "failed" | "violated"; readonly message: string };

/** Evaluates one rule. Takes steps of the budget; with none left it fails. */
export const evaluate = (compiled: Compiled, value: unknown, old: unknown, schema: Schema, budget: Budget): Outcome => {
  const { rule, program, message } = compiled;
  if (program === undefined) return { outcome: "held", message: "" };
  const self = celValue(value, schema, VALUE_TYPES);
  const before = old === undefined ? undefined : celValue(old, schema, VALUE_TYPES);
  const oldSelf =
    rule.optionalOldSelf === true ? (before === undefined ? Optional.none() : Optional.of(before)) : before;
  const variables = { self, ...(oldSelf === undefined ? {} : { oldSelf }) };
  try {
    const held = withBudget(budget, () => program(variables));
    if (budget.left < 0) return outOfBudget(rule);
    if (held === true) return { outcome: "held", message: "" };
  } catch (error) {
    if (budget.left < 0) return outOfBudget(rule);
    return { outcome: "failed", message: `${problemText(error)} evaluating rule: ${ruleText(rule)}` };
  }
  return { outcome: "violated", message: violation(rule, message, variables, budget) };
};

const outOfBudget = (rule: ValidationRule): Outcome => ({
  outcome: "failed",
  message: `'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`,
});

const ruleText = ({ message = "", rule }: ValidationRule): string =>
  message.trim() === "" ? rule.trim() : message.trim();

const violation = (
  rule: ValidationRule,
  expression: Program | undefined,
  variables: { readonly self: unknown; readonly oldSelf?: unknown },
  budget: Budget,
): string => {
  const plain = (rule.message ?? "").trim() === "" ? `failed rule: ${rule.rule.trim()}` : (rule.message ?? "").trim();
  if (expression === undefined) return plain;
  try {
    const text = withBudget(budget, () => expression(variables));
    const usable =
      typeof text === "string" && text.trim() !== "" && !/[\n\r]/.test(text) && text.length <= MOST_MESSAGE;
    return usable ? text.trim() : plain;
  } catch {
    return plain;
  }
};

const MOST_MESSAGE = 5 * 1024;

/** The library's words for what happens most, as Kubernetes has them. */
const problemText = (error: unknown): string => {
  const text = ((error as Error).message ?? String(error)).split("\n")[0] ?? "";
  const key = /^No such key: (?!index out)(.*)$/.exec(text);
  if (key !== null) return `no such key: ${key[1]}`;
  const index = /index out of bounds, index (-?\d+)/.exec(text);
  if (index !== null) return `index out of bounds: ${index[1]}`;
  return text;
};

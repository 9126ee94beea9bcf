import { evaluateTree } from "./expression/evaluate.ts";
import { parseExpression } from "./expression/parse.ts";
import { ExpressionError } from "./expression/tokens.ts";
import { textOf } from "./expression/values.ts";
import type { Call, Node } from "./types.ts";

/** Names of tasks may have dashes; in expressions they are no names. */
const TASK = /[\w-]*[A-Za-z][\w-]*(\.[A-Za-z]+)?/g;

const RESULTS = ["Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned", "AnySucceeded", "AllFailed"];

/** Tasks that a task waits for. */
export const dependenciesOf = ({ depends, dependencies = [] }: Call): string[] => {
  if (depends === undefined || depends === "") return [...dependencies];
  return [...new Set([...depends.matchAll(TASK)].map(([whole]) => whole.split(".")[0] ?? ""))];
};

/** Whether a task may run now that all it waits for has ended. `children`: of a task with items. */
export const mayRun = (
  task: Call,
  tasks: readonly Call[],
  nodeOf: (task: string) => Node | undefined,
  children: (node: Node) => readonly Node[],
): boolean => {
  const expression = expressionOf(task, tasks);
  if (expression === "") return true;
  const names = dependenciesOf(task).map((name): [string, unknown] => {
    const node = nodeOf(name);
    return [keyOf(name), node === undefined ? {} : resultsOf(node, children(node))];
  });
  const value = evaluateTree(parseExpression(quoted(expression)), Object.fromEntries(names));
  if (typeof value === "boolean") return value;
  throw new ExpressionError(`Expected boolean evaluation for '${expression}'. Got ${textOf(value)}`);
};

/** Throws when the expression cannot be read. */
export const checkDepends = (task: Call, tasks: readonly Call[]): void => {
  const expression = expressionOf(task, tasks);
  if (expression === "") return;
  parseExpression(quoted(expression));
  for (const [, name, result] of expression.matchAll(/([\w-]+)\.([A-Za-z]+)/g)) {
    if (result !== undefined && !RESULTS.includes(result))
      throw new ExpressionError(`task result '${result}' for task '${name ?? ""}' is invalid`);
  }
};

const expressionOf = ({ depends, dependencies = [] }: Call, tasks: readonly Call[]): string => {
  if (depends === undefined || depends === "") return dependencies.map((name) => defaultOf(name, tasks)).join(" && ");
  return depends.replaceAll(TASK, (whole, result: string | undefined) =>
    result === undefined ? defaultOf(whole, tasks) : whole,
  );
};

const defaultOf = (name: string, tasks: readonly Call[]): string => {
  const { continueOn } = tasks.find((task) => task.name === name) ?? {};
  const results = ["Succeeded", "Skipped", "Daemoned"];
  if (continueOn?.failed === true) results.push("Failed");
  if (continueOn?.error === true) results.push("Errored");
  return `(${results.map((result) => `${name}.${result}`).join(" || ")})`;
};

const keyOf = (name: string): string => `t_${Buffer.from(name).toString("hex")}`;

const quoted = (expression: string): string =>
  expression.replaceAll(TASK, (whole) => {
    const [name = "", result] = whole.split(".");
    return result === undefined ? keyOf(name) : `${keyOf(name)}.${result}`;
  });

const resultsOf = (node: Node, children: readonly Node[]): Readonly<Record<string, boolean>> => ({
  Succeeded: node.phase === "Succeeded",
  Failed: node.phase === "Failed",
  Errored: node.phase === "Error",
  Skipped: node.phase === "Skipped",
  Omitted: node.phase === "Omitted",
  Daemoned: node.daemoned === true && node.phase !== "Pending",
  AnySucceeded: node.type === "TaskGroup" && children.some(({ phase }) => phase === "Succeeded"),
  AllFailed: node.type === "TaskGroup" && children.length > 0 && children.every(({ phase }) => phase === "Failed"),
});

import { durationMs } from "./duration.ts";
import type { Bound } from "./execute.ts";
import { evaluate } from "./expression/evaluate.ts";
import { textOf } from "./expression/values.ts";
import { type Run, addChild, childrenOf, setPhase, withOutputs } from "./run.ts";
import { nest } from "./template/substitute.ts";
import { type Node, type RetryStrategy, isFailed, isFulfilled } from "./types.ts";

/** Attempts of a template, one after the other, until one succeeds or there are no more. */
export const executeRetry = async (run: Run, bound: Bound): Promise<Node> => {
  const node = bound.node("Retry", "Running");
  const strategy = bound.template.retryStrategy ?? {};
  for (;;) {
    const attempts = childrenOf(run, node);
    const last = attempts.at(-1);
    if (last !== undefined && isFulfilled(last)) {
      const isOver = judge(run, node, strategy, attempts, last);
      if (isOver !== undefined) return isOver;
    }
    const index = last === undefined ? 0 : isFulfilled(last) ? attempts.length : attempts.length - 1;
    const { execution } = bound;
    const child = await run.execute({ ...execution, name: `${execution.name}(${index})`, nodeFlag: { retried: true } });
    if (child === undefined) return node;
    addChild(run, node.id, child.id);
    if (!isFulfilled(child)) return node;
  }
};

/** The ended node, the waiting node, or undefined when it is time for the next attempt. */
const judge = (
  run: Run,
  node: Node,
  strategy: RetryStrategy,
  attempts: readonly Node[],
  last: Node,
): Node | undefined => {
  const finish = (phase: Node["phase"], message?: string): Node => {
    withOutputs(node, last.outputs);
    return setPhase(run, node, phase, message);
  };
  if (!isFailed(last)) return finish(last.phase);
  if (run.spec.shutdown !== undefined) return finish(last.phase, `Stopped with strategy '${run.spec.shutdown}'`);
  if (strategy.limit !== undefined && attempts.length > Number(strategy.limit))
    return finish(last.phase, "No more retries left");
  const { maxDuration } = strategy.backoff ?? {};
  const firstMs = Date.parse(attempts[0]?.startedAt ?? "");
  if (maxDuration !== undefined && run.nowMs > firstMs + durationMs(maxDuration))
    return finish(last.phase, "Max duration limit exceeded");
  if (!policyAllows(strategy, last)) return finish(last.phase, last.message);
  if (strategy.expression !== undefined && !expressionAllows(run, strategy.expression, attempts.length, last)) {
    return finish(last.phase, "retryStrategy.expression evaluated to false");
  }
  const waitMs = backoffMs(strategy, attempts.length) - (run.nowMs - Date.parse(last.finishedAt ?? ""));
  if (waitMs <= 0) {
    delete node.message;
    return undefined;
  }
  node.message = `Backoff for ${formatWait(waitMs)}`;
  run.wakeAfter(waitMs);
  return node;
};

/** Without a policy only failures are tried again; with an expression, everything. */
const policyAllows = ({ retryPolicy, expression }: RetryStrategy, last: Node): boolean => {
  const policy = retryPolicy ?? (expression === undefined ? "OnFailure" : "Always");
  if (policy === "Always") return true;
  if (policy === "OnFailure") return last.phase === "Failed";
  return policy === "OnError" && last.phase === "Error";
};

const expressionAllows = (run: Run, expression: string, attempts: number, last: Node): boolean => {
  const seconds = Math.round((Date.parse(last.finishedAt ?? "") - Date.parse(last.startedAt ?? "")) / 1000);
  const names = new Map<string, unknown>([
    ...run.globals,
    ["lastRetry.exitCode", last.outputs?.exitCode ?? "-1"],
    ["lastRetry.status", last.phase],
    ["lastRetry.duration", String(Number.isNaN(seconds) ? 0 : seconds)],
    ["lastRetry.message", last.message ?? ""],
    ["retries", String(attempts - 1)],
  ]);
  const text = expression.replaceAll(/\{\{\s*([^}]+?)\s*\}\}/g, (tag, name: string) => textOf(names.get(name) ?? tag));
  return evaluate(text, nest(names)) === true;
};

const backoffMs = ({ backoff }: RetryStrategy, attempts: number): number => {
  if (backoff?.duration === undefined) return 0;
  const ms = durationMs(backoff.duration) * Number(backoff.factor ?? 1) ** Math.max(0, attempts - 1);
  return backoff.cap === undefined ? ms : Math.min(ms, durationMs(backoff.cap));
};

const formatWait = (ms: number): string => {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} seconds` : `${Math.floor(seconds / 60)} minutes ${seconds % 60} seconds`;
};

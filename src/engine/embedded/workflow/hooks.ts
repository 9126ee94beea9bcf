import type { Bound } from "./execute.ts";
import { evaluate } from "./expression/evaluate.ts";
import { type Run, addChild, childrenOf, nodeOf } from "./run.ts";
import { addToScope } from "./scope.ts";
import { nest, substitute } from "./template/substitute.ts";
import { type Call, type Hook, type Node, isFulfilled } from "./types.ts";

interface Surroundings {
  readonly scope: ReadonlyMap<string, unknown>;
  readonly bound: Bound;
  readonly prefix: "steps" | "tasks";
}

/** Executes what hangs on a step or task while it runs, and what is to follow its end. True when nothing of that is left. */
export const executeHooks = async (run: Run, node: Node, call: Call, surroundings: Surroundings): Promise<boolean> => {
  if (node.phase === "Skipped" || node.phase === "Omitted") return true;
  let areDone = true;
  for (const [name, hook] of Object.entries(call.hooks ?? {})) {
    if (name === "exit") continue;
    areDone =
      (await executeHook(run, { node, call, hook, name: `${node.name}.hooks.${name}` }, surroundings)) && areDone;
  }
  if (!isFulfilled(node)) return false;
  const hook = call.hooks?.["exit"] ?? (call.onExit === undefined ? undefined : { template: call.onExit });
  const isExitDone =
    hook === undefined || (await executeHook(run, { node, call, hook, name: `${node.name}.onExit` }, surroundings));
  return areDone && isExitDone;
};

interface Hooked {
  readonly node: Node;
  readonly call: Call;
  readonly hook: Hook;
  readonly name: string;
}

/** True when it has ended, or its time has not come. */
const executeHook = async (
  run: Run,
  { node, call, hook, name }: Hooked,
  { scope, bound, prefix }: Surroundings,
): Promise<boolean> => {
  if (nodeOf(run, name) === undefined && !isDue(run, { node, call, hook, name }, { scope, prefix })) return true;
  const child = await run.execute({
    name,
    call: hook,
    context: bound.resolved.context,
    arguments: substitute(hook.arguments ?? {}, outputScope(run, node, scope, `${prefix}.${call.name}`)),
    ...(node.boundaryID === undefined ? {} : { boundaryId: node.boundaryID }),
    nodeFlag: { hooked: true },
  });
  if (child !== undefined) addChild(run, node.id, child.id);
  return child !== undefined && isFulfilled(child);
};

/** A hook without an expression is one of the end. */
const isDue = (
  run: Run,
  { node, call, hook, name }: Hooked,
  { scope, prefix }: Pick<Surroundings, "scope" | "prefix">,
): boolean => {
  if (hook.expression === undefined) return name.endsWith(".onExit");
  const names = new Map(scope);
  addToScope(run, names, `${prefix}.${call.name}`, node);
  return evaluate(hook.expression, nest(names)) === true;
};

/** Of its own step or task a hook is given the output parameters, as on Argo; not its result. */
const outputScope = (
  run: Run,
  node: Node,
  scope: ReadonlyMap<string, unknown>,
  prefix: string,
): Map<string, unknown> => {
  const source = node.type === "Retry" ? (childrenOf(run, node).at(-1) ?? node) : node;
  const own = (source.outputs?.parameters ?? []).map(({ name, value }): [string, unknown] => [
    `${prefix}.outputs.parameters.${name}`,
    value,
  ]);
  return new Map([...scope, ...own]);
};

import { evaluate } from "./expression/evaluate.ts";
import { type Run, addChild, nodeOf } from "./run.ts";
import { nest, substitute } from "./template/substitute.ts";
import { type Hook, type Node, isFulfilled } from "./types.ts";

/** What is executed after the end of the workflow: its ended node, "busy" until then, undefined without one. */
export const exitHandler = async (run: Run): Promise<Node | "busy" | undefined> => {
  const { spec, workflow } = run;
  const hook: Hook | undefined =
    spec.hooks?.["exit"] ?? (spec.onExit === undefined ? undefined : { template: spec.onExit });
  if (hook === undefined || spec.shutdown === "Terminate") return undefined;
  const isWanted = hook.expression === undefined || evaluate(hook.expression, nest(run.globals)) === true;
  if (!isWanted) return undefined;
  const node = await executeHook(run, hook, `${workflow.metadata.name}.onExit`);
  return node !== undefined && isFulfilled(node) ? node : "busy";
};

/** Executes the workflow's other hooks whose time has come. True when none of them is at work. */
export const executeWorkflowHooks = async (run: Run, entry: Node | undefined): Promise<boolean> => {
  const { metadata } = run.workflow;
  if (run.spec.shutdown !== undefined) return true;
  const names = new Map(run.globals);
  names.set("workflow.status", entry === undefined || !isFulfilled(entry) ? "Running" : entry.phase);
  let areDone = true;
  for (const [name, hook] of Object.entries(run.spec.hooks ?? {})) {
    if (name === "exit") continue;
    const id = `${metadata.name}.hooks.${name}`;
    const isDue =
      nodeOf(run, id) !== undefined ||
      (hook.expression !== undefined && evaluate(hook.expression, nest(names)) === true);
    if (!isDue) continue;
    const node = await executeHook(run, hook, id);
    if (node !== undefined && entry !== undefined) addChild(run, entry.id, node.id);
    areDone &&= node !== undefined && isFulfilled(node);
  }
  return areDone;
};

const executeHook = (run: Run, hook: Hook, name: string): Promise<Node | undefined> =>
  run.execute({
    name,
    call: hook,
    context: run.context,
    arguments: hook.arguments === undefined ? (run.spec.arguments ?? {}) : substitute(hook.arguments, run.globals),
    nodeFlag: { hooked: true },
  });

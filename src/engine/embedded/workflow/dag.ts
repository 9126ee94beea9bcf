import { dependenciesOf, mayRun } from "./depends.ts";
import type { Bound } from "./execute.ts";
import { conditionHolds } from "./expression/condition.ts";
import { ExpressionError } from "./expression/tokens.ts";
import { executeHooks } from "./hooks.ts";
import { publish } from "./publish.ts";
import { type NewNode, type Run, addChild, addNode, childrenOf, nodeOf, outboundOf, setPhase, unique } from "./run.ts";
import { addToScope, artifactFinder, asksForResult, templateOutputs, withArtifacts } from "./scope.ts";
import { continues } from "./steps.ts";
import { inputScope } from "./template/arguments.ts";
import { ItemsError, expandItems, isLoop } from "./template/items.ts";
import { substitute } from "./template/substitute.ts";
import { type Call, type Node, isFailed, isFulfilled } from "./types.ts";

interface Dag {
  readonly run: Run;
  readonly bound: Bound;
  readonly node: Node;
  readonly tasks: readonly Call[];
  /** Tasks looked at in this reconciliation. */
  readonly visited: Set<string>;
  /** Tasks whose exit hooks still work. */
  readonly busy: Set<string>;
}

/** Tasks in the order of what they depend on. */
export const executeDag = async (run: Run, bound: Bound): Promise<Node> => {
  const { template } = bound;
  const node = bound.node("DAG", "Running");
  if (template.parallelism !== undefined) run.limits.set(node.id, template.parallelism);
  const tasks = template.dag?.tasks ?? [];
  const dag: Dag = { run, bound, node, tasks, visited: new Set(), busy: new Set() };
  const targets = targetsOf(tasks, template.dag?.target);
  for (const target of targets) await executeTask(dag, target);
  const phase = phaseOf(dag, targets);
  if (phase === undefined) return node;
  const ends = targets.flatMap((target) => nodesOf(dag, [target]));
  node.outboundNodes = unique(ends.flatMap((each) => outboundOf(run, each)));
  if (phase === "Succeeded") {
    const scope = scopeOf(
      dag,
      tasks.map(({ name }) => name),
    );
    const outputs = templateOutputs(
      template.outputs,
      scope,
      artifactFinder(run, template.inputs, (name) => taskNode(dag, name)),
    );
    if (outputs !== undefined) {
      node.outputs = outputs;
      publish(run, outputs);
    }
  }
  return setPhase(run, node, phase);
};

/** Those named, or all that no other depends on. */
export const targetsOf = (tasks: readonly Call[], target: string | undefined): string[] => {
  const named = (target ?? "").split(/\s+/).filter((name) => name !== "");
  if (named.length > 0) return named;
  const used = new Set(tasks.flatMap(dependenciesOf));
  return tasks.map(({ name }) => name).filter((name) => !used.has(name));
};

const taskNode = ({ run, node }: Dag, task: string): Node | undefined => nodeOf(run, `${node.name}.${task}`);

const nodesOf = (dag: Dag, names: readonly string[]): Node[] =>
  names.flatMap((name) => {
    const node = taskNode(dag, name);
    return node === undefined ? [] : [node];
  });

const scopeOf = (dag: Dag, names: readonly string[]): Map<string, unknown> => {
  const { run, bound } = dag;
  const scope = new Map<string, unknown>([...run.globals, ...inputScope(bound.template.inputs ?? {})]);
  for (const name of names) {
    const node = taskNode(dag, name);
    if (node !== undefined && isFulfilled(node)) addToScope(run, scope, `tasks.${name}`, node);
  }
  return scope;
};

/** All that a task waits for, through others too. */
const ancestorsOf = (tasks: readonly Call[], task: Call, found = new Set<string>()): Set<string> => {
  for (const name of dependenciesOf(task)) {
    if (found.has(name)) continue;
    found.add(name);
    const parent = tasks.find((each) => each.name === name);
    if (parent !== undefined) ancestorsOf(tasks, parent, found);
  }
  return found;
};

const executeTask = async (dag: Dag, name: string): Promise<void> => {
  const { run, tasks, visited } = dag;
  const task = tasks.find((each) => each.name === name);
  if (task === undefined || visited.has(name)) return;
  visited.add(name);
  const dependencies = dependenciesOf(task);
  for (const dependency of dependencies) await executeTask(dag, dependency);
  const existing = taskNode(dag, name);
  if (existing !== undefined && isFulfilled(existing)) {
    await hooksOf(dag, task, existing);
    return;
  }
  const areDone = dependencies.every((dependency) => {
    const node = taskNode(dag, dependency);
    return node !== undefined && isFulfilled(node) && !dag.busy.has(dependency);
  });
  if (!areDone) return;
  if (
    existing === undefined &&
    !mayRun(
      task,
      tasks,
      (each) => taskNode(dag, each),
      (node) => childrenOf(run, node),
    )
  ) {
    connect(
      dag,
      dependencies,
      skip(dag, task, name, { phase: "Omitted", message: "omitted: depends condition not met" }),
    );
    return;
  }
  const node = await start(dag, task);
  if (node === undefined) return;
  connect(dag, dependencies, node);
  await hooksOf(dag, task, node);
};

const hooksOf = async (dag: Dag, task: Call, node: Node): Promise<void> => {
  const { run, bound } = dag;
  const isDone = await executeHooks(run, node, task, {
    scope: scopeOf(dag, [...ancestorsOf(dag.tasks, task)]),
    bound,
    prefix: "tasks",
  });
  if (!isDone) dag.busy.add(task.name);
};

const connect = (dag: Dag, dependencies: readonly string[], node: Node): void => {
  const { run } = dag;
  const parents =
    dependencies.length === 0 ? [dag.node.id] : nodesOf(dag, dependencies).flatMap((each) => outboundOf(run, each));
  for (const parent of parents) addChild(run, parent, node.id);
};

const skip = (
  dag: Dag,
  call: Call,
  name: string,
  { phase, message }: Pick<NewNode, "phase"> & { message: string },
): Node => {
  const { run, node, bound } = dag;
  const full = `${node.name}.${name}`;
  return (
    nodeOf(run, full) ??
    addNode(run, full, {
      type: "Skipped",
      phase,
      message,
      boundaryId: node.id,
      templateName: call.templateRef === undefined ? call.template : undefined,
      templateRef: call.templateRef,
      templateScope: bound.resolved.context.scope,
      nodeFlag: {},
    })
  );
};

const start = async (dag: Dag, task: Call): Promise<Node | undefined> => {
  const { run, bound } = dag;
  const scope = scopeOf(dag, [...ancestorsOf(dag.tasks, task)]);
  const { when, ...rest } = task;
  const condition = when === undefined ? undefined : substitute(when, scope);
  const unmet = isLoop(task) || condition === undefined ? undefined : whyNot(condition);
  if (unmet !== undefined) return skip(dag, task, task.name, unmet);
  const filled: Call = {
    ...substitute(rest, scope),
    ...(condition === undefined ? {} : { when: condition }),
  };
  const find = artifactFinder(run, bound.template.inputs, (name) => taskNode(dag, name));
  if (!isLoop(filled)) return await call(dag, { ...filled, arguments: withArtifacts(filled.arguments, find) });
  const calls = itemsOf(filled);
  if (calls instanceof ItemsError) return skip(dag, task, task.name, { phase: "Error", message: calls.message });
  if (calls.length === 0) return skip(dag, task, task.name, { phase: "Skipped", message: "Skipped, empty params" });
  return await executeItems(
    dag,
    task,
    calls.map((each) => ({ ...each, arguments: withArtifacts(each.arguments, find) })),
  );
};

/** The end of a task by its condition: it is false, or none at all. */
const whyNot = (condition: string): { readonly phase: "Skipped" | "Error"; readonly message: string } | undefined => {
  try {
    return conditionHolds(condition) ? undefined : { phase: "Skipped", message: `when '${condition}' evaluated false` };
  } catch (error) {
    if (error instanceof ExpressionError) return { phase: "Error", message: error.message };
    throw error;
  }
};

const itemsOf = (task: Call): readonly Call[] | ItemsError => {
  try {
    return expandItems(task);
  } catch (error) {
    if (error instanceof ItemsError) return error;
    throw error;
  }
};

const call = async ({ run, bound, node }: Dag, task: Call): Promise<Node | undefined> =>
  await run.execute({
    name: `${node.name}.${task.name}`,
    call: task,
    context: bound.resolved.context,
    arguments: task.arguments ?? {},
    boundaryId: node.id,
    wantsResult: asksForResult(bound.resolved.template, task),
  });

const executeItems = async (dag: Dag, task: Call, calls: readonly Call[]): Promise<Node> => {
  const { run, node, bound } = dag;
  const name = `${node.name}.${task.name}`;
  const group =
    nodeOf(run, name) ??
    addNode(run, name, {
      type: "TaskGroup",
      phase: "Running",
      boundaryId: node.id,
      templateName: task.templateRef === undefined ? task.template : undefined,
      templateRef: task.templateRef,
      templateScope: bound.resolved.context.scope,
      nodeFlag: {},
    });
  const ended: Node[] = [];
  for (const each of calls) {
    const unmet = each.when === undefined ? undefined : whyNot(each.when);
    const child = unmet === undefined ? await call(dag, each) : skip(dag, each, each.name, unmet);
    if (child === undefined) continue;
    addChild(run, group.id, child.id);
    const scope = scopeOf(dag, [...ancestorsOf(dag.tasks, task)]);
    if (await executeHooks(run, child, each, { scope, bound, prefix: "tasks" })) ended.push(child);
  }
  if (ended.length < calls.length) return group;
  const failed = ended.find(({ phase }) => phase === "Error") ?? ended.find(isFailed);
  return setPhase(run, group, failed?.phase ?? "Succeeded");
};

/** With failFast a failed target ends it although others have not begun; what runs is waited for in any case. */
const phaseOf = (dag: Dag, targets: readonly string[]): "Succeeded" | "Failed" | "Error" | undefined => {
  const branches = targets.map((target) => branchOf(dag, target));
  const failed = branches.find((branch) => branch === "Failed" || branch === "Error");
  const isRunning =
    dag.busy.size > 0 ||
    dag.tasks.some(({ name }) => {
      const node = taskNode(dag, name);
      return node !== undefined && !isFulfilled(node);
    });
  if (isRunning) return undefined;
  if (branches.includes(undefined)) return dag.bound.template.dag?.failFast === false ? undefined : failed;
  return failed ?? "Succeeded";
};

/** How the way to a task ended: one that was not executed inherits from what it waited for. */
const branchOf = (dag: Dag, name: string): "Succeeded" | "Failed" | "Error" | undefined => {
  const node = taskNode(dag, name);
  const task = dag.tasks.find((each) => each.name === name);
  if (node === undefined || task === undefined || !isFulfilled(node)) return undefined;
  if (isFailed(node)) return continues(task, node) ? "Succeeded" : (node.phase as "Failed" | "Error");
  if (node.phase !== "Skipped" && node.phase !== "Omitted") return "Succeeded";
  const before = dependenciesOf(task).map((dependency) => branchOf(dag, dependency));
  return before.find((branch) => branch === "Failed" || branch === "Error") ?? "Succeeded";
};

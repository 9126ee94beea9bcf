import type { Bound } from "./execute.ts";
import { ExpressionError } from "./expression/tokens.ts";
import { conditionHolds } from "./expression/condition.ts";
import { executeHooks } from "./hooks.ts";
import { publish } from "./publish.ts";
import { type Run, addChild, addNode, childrenOf, nodeOf, outboundOf, setPhase, unique } from "./run.ts";
import {
  addToScope,
  aggregate,
  artifactFinder,
  asksForResult,
  type FindArtifact,
  templateOutputs,
  withArtifacts,
} from "./scope.ts";
import { inputScope } from "./template/arguments.ts";
import { ItemsError, expandItems, isLoop } from "./template/items.ts";
import { TemplateError } from "./template/resolve.ts";
import { substitute } from "./template/substitute.ts";
import { type Call, type Node, isFailed, isFulfilled } from "./types.ts";

/** Groups of steps one after the other, the steps of a group at the same time. */
export const executeSteps = async (run: Run, bound: Bound): Promise<Node> => {
  const { template } = bound;
  const node = bound.node("Steps", "Running");
  if (template.parallelism !== undefined) run.limits.set(node.id, template.parallelism);
  const groups = groupsOf(bound);
  const scope = new Map<string, unknown>([...run.globals, ...inputScope(template.inputs ?? {})]);
  const named = new Map<string, Node>();
  const find = artifactFinder(run, template.inputs, (name) => named.get(name));
  for (const [index, steps] of groups.entries()) {
    const group = groupNode(run, node, index, bound.resolved.context.scope);
    const isOver = isFulfilled(group) || (await executeGroup(run, bound, { node, group, steps, scope, find }));
    if (!isOver) return node;
    if (isFailed(group)) return end(run, node, group);
    addGroupToScope(run, scope, named, group, steps);
  }
  const outputs = templateOutputs(template.outputs, scope, find);
  if (outputs !== undefined) {
    node.outputs = outputs;
    publish(run, outputs);
  }
  const last = nodeOf(run, `${node.name}[${groups.length - 1}]`);
  return end(run, node, last);
};

export const groupsOf = ({ template }: Pick<Bound, "template">): (readonly Call[])[] =>
  (template.steps ?? []).map((group) => ("steps" in group ? (group.steps ?? []) : (group as readonly Call[])));

const end = (run: Run, node: Node, group: Node | undefined): Node => {
  const isGroupFailed = group !== undefined && isFailed(group);
  if (group !== undefined && !isUnresolved(group))
    node.outboundNodes = unique(childrenOf(run, group).flatMap((child) => outboundOf(run, child)));
  return setPhase(run, node, isGroupFailed ? "Failed" : "Succeeded", isGroupFailed ? group.message : undefined);
};

const isUnresolved = (group: Node): boolean => group.phase === "Error";

const groupNode = (run: Run, node: Node, index: number, templateScope: string): Node => {
  const name = `${node.name}[${index}]`;
  const existing = nodeOf(run, name);
  if (existing !== undefined) return existing;
  const group = addNode(run, name, {
    type: "StepGroup",
    phase: "Running",
    boundaryId: node.id,
    templateScope,
    nodeFlag: {},
  });
  const before = index === 0 ? undefined : nodeOf(run, `${node.name}[${index - 1}]`);
  const parents = before === undefined ? [node.id] : outboundOf(run, before);
  for (const parent of parents) addChild(run, parent, group.id);
  return group;
};

interface Group {
  readonly node: Node;
  readonly group: Node;
  readonly steps: readonly Call[];
  readonly scope: ReadonlyMap<string, unknown>;
  readonly find: FindArtifact;
}

/** True when all of it has ended. */
const executeGroup = async (run: Run, bound: Bound, { node, group, steps, scope, find }: Group): Promise<boolean> => {
  let calls: readonly Prepared[];
  try {
    calls = steps.flatMap((step) => prepare(step, scope, find));
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof ExpressionError)) throw error;
    setPhase(
      run,
      group,
      "Error",
      error instanceof ItemsError ? error.message : `Failed to resolve references: ${error.message}`,
    );
    return true;
  }
  let isWaiting = false;
  for (const prepared of calls) {
    const child = await executeStep(run, bound, { node, group, prepared });
    if (child !== undefined) addChild(run, group.id, child.id);
    const isDone =
      child !== undefined && (await executeHooks(run, child, prepared.call, { scope, bound, prefix: "steps" }));
    isWaiting ||= !isDone;
  }
  if (isWaiting) return false;
  const failed = calls.flatMap(({ call }) => {
    const child = nodeOf(run, `${group.name}.${call.name}`);
    return child !== undefined && isFailed(child) && !continues(call, child) ? [child] : [];
  });
  const first = failed[0];
  setPhase(
    run,
    group,
    first === undefined ? "Succeeded" : "Failed",
    first === undefined ? undefined : `child '${first.id}' failed`,
  );
  return true;
};

interface Prepared {
  readonly call: Call;
  /** Why it is not executed. */
  readonly skipped?: string;
}

const prepare = (step: Call, scope: ReadonlyMap<string, unknown>, find: FindArtifact): readonly Prepared[] => {
  const { when, ...rest } = step;
  const condition = when === undefined ? undefined : substitute(when, scope);
  // What a step that is not executed refers to may not exist.
  if (!isLoop(step) && condition !== undefined && !conditionHolds(condition)) {
    return [{ call: step, skipped: `when '${condition}' evaluated false` }];
  }
  const filled = {
    ...substitute(rest, scope),
    ...(condition === undefined ? {} : { when: condition }),
  };
  if (!isLoop(filled)) return [{ call: { ...filled, arguments: withArtifacts(filled.arguments, find) } }];
  const calls = expandItems(filled);
  if (calls.length === 0) return [{ call: filled, skipped: "Skipped, empty params" }];
  return calls.map((call) => {
    const skipped =
      call.when !== undefined && !conditionHolds(call.when) ? `when '${call.when}' evaluated false` : undefined;
    return {
      call: { ...call, arguments: withArtifacts(call.arguments, find) },
      ...(skipped === undefined ? {} : { skipped }),
    };
  });
};

interface Step {
  readonly node: Node;
  readonly group: Node;
  readonly prepared: Prepared;
}

const executeStep = async (run: Run, bound: Bound, { node, group, prepared }: Step): Promise<Node | undefined> => {
  const { call, skipped } = prepared;
  const name = `${group.name}.${call.name}`;
  const { context } = bound.resolved;
  if (skipped !== undefined) {
    return (
      nodeOf(run, name) ??
      addNode(run, name, {
        type: "Skipped",
        phase: "Skipped",
        message: skipped,
        boundaryId: node.id,
        templateName: call.templateRef === undefined ? call.template : undefined,
        templateRef: call.templateRef,
        templateScope: context.scope,
        nodeFlag: {},
      })
    );
  }
  return await run.execute({
    name,
    call,
    context,
    arguments: call.arguments ?? {},
    boundaryId: node.id,
    wantsResult: asksForResult(bound.resolved.template, call),
  });
};

export const continues = ({ continueOn }: Pick<Call, "continueOn">, { phase }: Node): boolean =>
  (phase === "Failed" && continueOn?.failed === true) || (phase === "Error" && continueOn?.error === true);

const addGroupToScope = (
  run: Run,
  scope: Map<string, unknown>,
  named: Map<string, Node>,
  group: Node,
  steps: readonly Call[],
): void => {
  for (const step of steps) {
    const node = nodeOf(run, `${group.name}.${step.name}`);
    if (node !== undefined) {
      named.set(step.name, node);
      addToScope(run, scope, `steps.${step.name}`, node);
    } else if (isLoop(step)) {
      const prefix = `${group.name}.${step.name}(`;
      const items = childrenOf(run, group)
        .filter(({ name }) => name.startsWith(prefix))
        .sort((a, b) => indexOf(a.name, prefix) - indexOf(b.name, prefix));
      for (const [key, value] of aggregate(items)) scope.set(`steps.${step.name}.${key}`, value);
    }
  }
};

const indexOf = (name: string, prefix: string): number => Number.parseInt(name.slice(prefix.length), 10);

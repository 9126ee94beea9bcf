import { executeDag } from "./dag.ts";
import { executePod } from "./pod/execute.ts";
import { executeRetry } from "./retry.ts";
import { type Execution, type Run, addNode, nodeOf, setPhase } from "./run.ts";
import { executeSteps } from "./steps.ts";
import { executeSuspend } from "./suspend.ts";
import { bindInputs } from "./template/arguments.ts";
import { resolveTemplate, type Resolved, TemplateError } from "./template/resolve.ts";
import { ExpressionError } from "./expression/tokens.ts";
import { podName } from "./names.ts";
import { type Node, type NodeType, type Template, isFailed, isFulfilled } from "./types.ts";
import { whyNotStarted } from "./limits.ts";
import { mayStart } from "./parallelism.ts";

/** A template that is bound to its arguments, and the node it works for. */
export interface Bound {
  readonly execution: Execution;
  readonly template: Template;
  readonly resolved: Resolved;
  /** Makes the node of the execution when it is not there yet. */
  readonly node: (type: NodeType, phase: "Pending" | "Running") => Node;
}

/** Brings the node of a call forward. Undefined while it may not start; a call that cannot work ends as a node in phase Error. */
export const execute = async (run: Run, execution: Execution): Promise<Node | undefined> => {
  const existing = nodeOf(run, execution.name);
  // What becomes of a pod is not up to its template any more.
  if (existing !== undefined && (isFulfilled(existing) || existing.type === "Pod")) return existing;
  if (existing === undefined) {
    const why = whyNotStarted(run, execution.name);
    if (why !== undefined)
      return addNode(run, execution.name, {
        type: "Pod",
        phase: "Failed",
        message: why,
        ...facts(execution, undefined),
      });
  }
  let resolved: Resolved | undefined;
  try {
    resolved = await resolveTemplate(execution.call, execution.context);
    const template = withDefaults(run, resolved.template);
    if (existing === undefined && !mayStart(run, execution, typeOf(template) === "Pod")) return undefined;
    return await executeBound(run, execution, { ...resolved, template });
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof ExpressionError)) throw error;
    const node =
      nodeOf(run, execution.name) ??
      addNode(run, execution.name, { type: nodeTypeOf(resolved), phase: "Pending", ...facts(execution, resolved) });
    return setPhase(run, node, "Error", error.message);
  }
};

const nodeTypeOf = (resolved: Resolved | undefined): NodeType =>
  resolved === undefined ? "Pod" : typeOf(resolved.template);

const executeBound = async (run: Run, execution: Execution, resolved: Resolved): Promise<Node> => {
  const { template } = resolved;
  const isRetried = template.retryStrategy !== undefined && execution.nodeFlag?.retried !== true;
  const bound = await bind(run, execution, resolved, isRetried);
  return isRetried ? await executeRetry(run, bound) : await executeTemplate(run, bound);
};

const bind = async (run: Run, execution: Execution, resolved: Resolved, isRetried: boolean): Promise<Bound> => {
  const { name } = execution;
  const attempt = /\((\d+)\)$/.exec(name)?.[1];
  const locals = new Map<string, unknown>([["node.name", name]]);
  if (typeOf(resolved.template) === "Pod" && !isRetried) {
    locals.set("pod.name", podName(run.workflow.metadata.name, name, resolved.template.name ?? ""));
  }
  if (execution.nodeFlag?.retried === true && attempt !== undefined) {
    for (const [key, value] of lastRetry(run, name, Number(attempt))) locals.set(key, value);
  }
  const template = await bindInputs({
    client: run.client,
    namespace: run.workflow.metadata.namespace ?? "",
    template: resolved.template,
    arguments: execution.arguments,
    globals: run.globals,
    locals,
  });
  return {
    execution,
    template,
    resolved,
    node: (type, phase) =>
      nodeOf(run, name) ??
      addNode(run, name, {
        type,
        phase,
        ...facts(execution, resolved),
        ...(template.inputs === undefined ? {} : { inputs: template.inputs }),
      }),
  };
};

const lastRetry = (run: Run, name: string, attempt: number): [string, unknown][] => {
  const before = nodeOf(run, name.replace(/\(\d+\)$/, `(${attempt - 1})`));
  return [
    ["retries", String(attempt)],
    ["lastRetry.exitCode", before?.outputs?.exitCode ?? "0"],
    ["lastRetry.status", before?.phase ?? ""],
    ["lastRetry.duration", durationOf(before)],
    ["lastRetry.message", before?.message ?? ""],
  ];
};

const durationOf = (node: Node | undefined): string => {
  const ms = Date.parse(node?.finishedAt ?? "") - Date.parse(node?.startedAt ?? "");
  return String(Number.isNaN(ms) ? 0 : Math.round(ms / 1000));
};

const facts = ({ call, context, boundaryId, nodeFlag }: Execution, _resolved: Resolved | undefined) => ({
  templateName: call.inline === undefined && call.templateRef === undefined ? call.template : undefined,
  templateRef: call.templateRef,
  templateScope: context.scope,
  boundaryId,
  nodeFlag,
});

/** Without its retries. */
export const executeTemplate = async (run: Run, bound: Bound): Promise<Node> => {
  const { template } = bound;
  const failed = failedFast(run, bound);
  if (failed !== undefined) return failed;
  switch (typeOf(template)) {
    case "Steps":
      return await executeSteps(run, bound);
    case "DAG":
      return await executeDag(run, bound);
    case "Suspend":
      return executeSuspend(run, bound);
    default:
      return await executePod(run, bound);
  }
};

/** `failFast` of a template of steps or tasks: the first failure ends it and nothing more begins. */
const failedFast = (run: Run, { execution, template }: Bound): Node | undefined => {
  const node = nodeOf(run, execution.name);
  if (node === undefined || template.failFast !== true) return undefined;
  const inside = [...run.nodes.values()].filter(({ boundaryID }) => boundaryID === node.id);
  if (!inside.some(isFailed)) return undefined;
  for (const each of [...inside.filter(({ type }) => type === "StepGroup"), node]) {
    if (!isFulfilled(each))
      setPhase(run, each, "Failed", "template has failed or errored children and failFast enabled");
  }
  return node;
};

const typeOf = (template: Template): NodeType => {
  if (template.steps !== undefined) return "Steps";
  if (template.dag !== undefined) return "DAG";
  return "suspend" in template ? "Suspend" : "Pod";
};

const withDefaults = (run: Run, template: Template): Template => {
  const defaults = run.spec.templateDefaults ?? {};
  const isPod = typeOf(template) === "Pod";
  const inherited = isPod && run.spec.retryStrategy !== undefined ? { retryStrategy: run.spec.retryStrategy } : {};
  const { name: _name, container, ...rest } = defaults;
  const withContainer =
    container !== undefined && template.container !== undefined
      ? { container: { ...container, ...template.container } }
      : {};
  return { ...inherited, ...rest, ...template, ...withContainer };
};

import type { KubeClient } from "../../../k8s/client.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { nodeId } from "./names.ts";
import type { TemplateContext } from "./template/resolve.ts";
import type { Arguments, Call, Node, NodeType, Outputs, Phase, Workflow, WorkflowSpec } from "./types.ts";

/** What one call of a template is: the reference, its arguments and where its node hangs. */
export interface Execution {
  readonly name: string;
  readonly call: Pick<Call, "template" | "templateRef" | "inline">;
  readonly context: TemplateContext;
  readonly arguments: Arguments;
  readonly boundaryId?: string;
  readonly nodeFlag?: Node["nodeFlag"];
  /** The result of its output is asked for by others. */
  readonly wantsResult?: boolean;
}

/** One reconciliation of one workflow: a draft of its status, and what it may use. */
export interface Run {
  readonly client: KubeClient;
  readonly workflow: Workflow;
  readonly spec: WorkflowSpec;
  readonly context: TemplateContext;
  readonly nodes: Map<string, Node>;
  readonly globals: Map<string, unknown>;
  /** `parallelism` of the templates of nodes, by their ids. */
  readonly limits: Map<string, number>;
  /** Of the workflow, by name. */
  readonly pods: ReadonlyMap<string, AnyObject>;
  readonly nowMs: number;
  /** Makes the pod; one that is there already is taken as it is. */
  startPod(pod: AnyObject): Promise<void>;
  /** Of the workflow, as the server has it: `pods` may be behind. */
  findPod(name: string): Promise<AnyObject | undefined>;
  deletePod(name: string): Promise<void>;
  execute(execution: Execution): Promise<Node | undefined>;
  /** Asks to be run again in so many ms. */
  wakeAfter(ms: number): void;
  /** Global outputs that came up. */
  readonly outputs: { parameters: Map<string, string>; artifacts: Map<string, unknown> };
}

export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const nodeOf = (run: Run, name: string): Node | undefined =>
  run.nodes.get(nodeId(run.workflow.metadata.name, name));

export interface NewNode {
  readonly type: NodeType;
  readonly phase: Phase;
  readonly message?: string;
  readonly templateName?: string | undefined;
  readonly templateRef?: Node["templateRef"] | undefined;
  readonly templateScope?: string | undefined;
  readonly boundaryId?: string | undefined;
  readonly nodeFlag?: Node["nodeFlag"] | undefined;
  readonly inputs?: Arguments | undefined;
}

export const addNode = (run: Run, name: string, facts: NewNode): Node => {
  const { type, phase, message, boundaryId, ...rest } = facts;
  const isDone = phase !== "Pending" && phase !== "Running";
  const now = timestamp(run.nowMs);
  const node: Node = {
    id: nodeId(run.workflow.metadata.name, name),
    name,
    displayName: displayNameOf(name, boundaryId === undefined ? undefined : run.nodes.get(boundaryId)?.name),
    type,
    phase,
    ...(boundaryId === undefined ? {} : { boundaryID: boundaryId }),
    ...(message === undefined ? {} : { message }),
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<Node>),
    startedAt: now,
    finishedAt: isDone ? now : null,
  };
  run.nodes.set(node.id, node);
  return node;
};

export const setPhase = (run: Run, node: Node, phase: Phase, message?: string): Node => {
  node.phase = phase;
  if (message !== undefined && message !== "") node.message = message;
  if (phase !== "Pending" && phase !== "Running") node.finishedAt ??= timestamp(run.nowMs);
  return node;
};

export const addChild = (run: Run, parentId: string, child: string): void => {
  const parent = run.nodes.get(parentId);
  if (parent === undefined || parent.children?.includes(child) === true) return;
  parent.children = [...(parent.children ?? []), child];
};

/** The nodes that follow-ups of a node are drawn behind. */
export const outboundOf = (run: Run, node: Node): string[] => {
  if (["Pod", "Skipped", "Suspend"].includes(node.type)) return [node.id];
  if (node.type === "TaskGroup" || node.type === "StepGroup") {
    const children = childrenOf(run, node);
    return children.length === 0 ? [node.id] : unique(children.flatMap((child) => outboundOf(run, child)));
  }
  if (node.type === "Retry") {
    const last = run.nodes.get(node.children?.at(-1) ?? "");
    return last === undefined ? [node.id] : outboundOf(run, last);
  }
  return unique(
    (node.outboundNodes ?? []).flatMap((id) => {
      const inner = run.nodes.get(id);
      return inner === undefined ? [] : outboundOf(run, inner);
    }),
  );
};

/** Children that are its own parts, not hooks that hang on it. */
export const childrenOf = (run: Run, node: Node): Node[] =>
  (node.children ?? []).flatMap((id) => {
    const child = run.nodes.get(id);
    return child === undefined || child.nodeFlag?.hooked === true ? [] : [child];
  });

export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

const displayNameOf = (name: string, boundary: string | undefined): string => {
  if (boundary === undefined || !name.startsWith(boundary)) return name;
  const rest = name.slice(boundary.length);
  if (rest.startsWith(".")) return rest.slice(1);
  const dot = rest.indexOf(".");
  return rest.startsWith("[") && dot > 0 ? rest.slice(dot + 1) : rest;
};

export const withOutputs = (node: Node, outputs: Outputs | undefined): void => {
  if (outputs !== undefined && Object.keys(outputs).length > 0) node.outputs = { ...node.outputs, ...outputs };
};

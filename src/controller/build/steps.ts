import type { AnyObject } from "../../k8s/types.ts";
import type { Statement } from "../conditions.ts";

/** The steps of a build in their order, with the condition of each and what the workflow calls it. */
export const STEPS = [
  { condition: "StepCloneSucceeded", names: ["clone-step"] },
  { condition: "StepTestSucceeded", names: ["test-step"] },
  { condition: "StepBuildSucceeded", names: ["build-step"] },
  // Argo takes the outputs of a set of containers from the one that is called main.
  { condition: "StepPushSucceeded", names: ["push-step", "main"] },
] as const;

/** What is said of a step that runs and waits for nothing. */
export const STEP_RUNS = "The step runs";

/** `StepCloneSucceeded` → `clone`. */
export const stepName = (condition: string): string => condition.replace(/^Step|Succeeded$/g, "").toLowerCase();

/** A part of `status.nodes` of a Workflow. */
interface WorkflowNode {
  readonly id?: string;
  /** Node of the template that it belongs to; a step of a workflow has one, its entry has none. */
  readonly boundaryID?: string;
  readonly displayName?: string;
  readonly templateName?: string;
  readonly type?: string;
  readonly phase?: string;
  readonly message?: string;
  readonly outputs?: Outputs;
}

interface Outputs {
  readonly parameters?: readonly { readonly name: string; readonly value?: unknown }[];
}

interface WorkflowStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly nodes?: Readonly<Record<string, WorkflowNode>>;
  readonly outputs?: Outputs;
}

/** How far a workflow is. */
export interface Progress {
  readonly steps: readonly Statement[];
  readonly state: "running" | "succeeded" | "failed";
  /** Condition of the step that failed, and why, in Argo's words. */
  readonly failure: { readonly step: string; readonly container: string; readonly message: string } | undefined;
  /** Output parameters of all steps by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Conditions of a build that has not been started. */
export const QUEUED: readonly Statement[] = STEPS.map(({ condition }) => ({
  type: condition,
  status: false,
  reason: "Queued",
  message: "The step has not begun",
}));

/** Reads a workflow. Its steps are told up to the first that has not succeeded; those behind it are still queued. */
export const readProgress = (workflow: AnyObject): Progress => {
  const status = (workflow["status"] ?? {}) as WorkflowStatus;
  const { phase = "", message = "", nodes = {} } = status;
  const all = Object.values(nodes);
  const outputs = outputsOf([...all, status]);
  const steps = [...QUEUED];
  for (const [at, { condition, names }] of STEPS.entries()) {
    const node = all.find(({ displayName = "" }) => (names as readonly string[]).includes(displayName));
    const statement = statementOf(condition, node, outputs);
    if (statement === undefined) break;
    steps[at] = statement;
    if (statement.reason === "Failed")
      return { steps, state: "failed", outputs, failure: failureOf(condition, node, all) };
    if (statement.status !== true) break;
  }
  if (phase === "Succeeded") return { steps: steps.map(ended), state: "succeeded", outputs, failure: undefined };
  if (phase !== "Failed" && phase !== "Error") return { steps, state: "running", outputs, failure: undefined };
  // It failed as a whole: it is not valid, ran for too long, or found no place.
  const at = steps.findIndex(({ status }) => status !== true);
  const last = STEPS.length - 1;
  const step = STEPS[at === -1 ? last : at] ?? STEPS[0];
  const own = foreignStep(all);
  const why = own ?? {
    container: step.names[0],
    message: message || (all.find((node) => node.message)?.message ?? phase),
  };
  steps[at === -1 ? last : at] = { type: step.condition, status: false, reason: "Failed", message: why.message };
  return { steps, state: "failed", outputs, failure: { step: step.condition, ...why } };
};

/** The step of a user's own workflow that failed, where it is none of ours. */
const foreignStep = (
  all: readonly WorkflowNode[],
): { readonly container: string; readonly message: string } | undefined => {
  const ours: readonly string[] = STEPS.flatMap(({ names }) => names);
  // The pod of our steps has a name that its caller gave it.
  const ofOurs = new Set(
    all.filter(({ displayName = "" }) => ours.includes(displayName)).map(({ boundaryID }) => boundaryID),
  );
  const node = all.find(
    ({ id, type, phase, displayName = "" }) =>
      type === "Pod" && (phase === "Failed" || phase === "Error") && !ours.includes(displayName) && !ofOurs.has(id),
  );
  if (node?.templateName === undefined || node.displayName === undefined || node.boundaryID === undefined)
    return undefined;
  return {
    container: node.displayName,
    message: `${node.displayName}: ${(node.message ?? "it failed").replace(/^main: /, "")}`,
  };
};

/** A template of the user's own has the steps that it likes. */
const ended = (step: Statement): Statement =>
  step.reason === "Queued"
    ? { ...step, status: true, reason: "Skipped", message: "The workflow has no such step" }
    : step;

/** Undefined for a step that has not begun. */
const statementOf = (
  type: string,
  node: WorkflowNode | undefined,
  outputs: Progress["outputs"],
): Statement | undefined => {
  if (node === undefined) return undefined;
  switch (node.phase) {
    case undefined:
    case "":
      return undefined;
    case "Pending":
    case "Running":
      return { type, status: false, reason: "Progressing", message: node.message || STEP_RUNS };
    case "Failed":
    case "Error":
    case "Skipped":
      return { type, status: false, reason: "Failed", message: node.message ?? "The step failed" };
    default:
      return type === "StepTestSucceeded" && outputs["test"] === "skipped"
        ? { type, status: true, reason: "Skipped", message: "The source has no stage for tests" }
        : { type, status: true, reason: "Succeeded", message: "The step succeeded" };
  }
};

const failureOf = (step: string, node: WorkflowNode | undefined, all: readonly WorkflowNode[]): Progress["failure"] => {
  const pod = all.find(({ type }) => type === "Pod");
  return { step, container: node?.displayName ?? "main", message: node?.message || pod?.message || "The step failed" };
};

const outputsOf = (nodes: readonly { readonly outputs?: Outputs | undefined }[]): Record<string, string> =>
  Object.fromEntries(
    nodes.flatMap(({ outputs }) =>
      (outputs?.parameters ?? []).flatMap(({ name, value }) => (typeof value === "string" ? [[name, value]] : [])),
    ),
  );

import type { KubeClient } from "../../../k8s/client.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { jsonCopy } from "../../../lib/json-copy.ts";
import { executeWorkflowHooks, exitHandler } from "./end.ts";
import { execute } from "./execute.ts";
import { ExpressionError } from "./expression/tokens.ts";
import { addEnd, globalsOf } from "./globals.ts";
import { endByLimits } from "./limits.ts";
import { assessPods } from "./pod/assess.ts";
import { statusOf } from "./pod/outcome.ts";
import { setProgress } from "./progress.ts";
import { type Run, timestamp } from "./run.ts";
import { checkShape } from "./validate/shape.ts";
import { validate } from "./validate/validate.ts";
import { fetchTemplate, localContext, mergedSpec, TemplateError } from "./template/resolve.ts";
import { textOf } from "./expression/values.ts";
import { type Node, type Workflow, type WorkflowSpec, type WorkflowStatus, isFailed, isFulfilled } from "./types.ts";

export interface ReconcileInput {
  readonly client: KubeClient;
  readonly workflow: Workflow;
  /** Of the workflow. */
  readonly pods: readonly AnyObject[];
  readonly nowMs: number;
  readonly startPod: Run["startPod"];
  readonly findPod: Run["findPod"];
  readonly deletePod: Run["deletePod"];
}

export interface Reconciled {
  readonly status: WorkflowStatus;
  /** When to look again though nothing has changed. */
  readonly wakeInMs: number | undefined;
}

/** The next status of a workflow that has not ended. What it can tell about the workflow is all in its status and its pods. */
export const reconcile = async (input: ReconcileInput): Promise<Reconciled> => {
  const { client, workflow, nowMs } = input;
  const status: WorkflowStatus = jsonCopy(workflow.status ?? {});
  const isNew = status.phase === undefined || status.phase === "Pending";
  if (isNew && workflow.spec.suspend === true) return { status, wakeInMs: undefined };
  status.startedAt ??= timestamp(nowMs);
  let spec: WorkflowSpec;
  try {
    checkShape(workflow.spec);
  } catch (error) {
    return ended(status, "Failed", messageOf(error), nowMs);
  }
  let globals: Map<string, unknown>;
  try {
    spec = await specOf(client, workflow, status);
  } catch (error) {
    return ended(status, "Error", messageOf(error), nowMs);
  }
  const refused = UNSUPPORTED.find((field) => spec[field] !== undefined);
  if (refused !== undefined) return ended(status, "Error", `${refused} is not supported on engine embedded`, nowMs);
  try {
    globals = await globalsOf(client, { ...workflow, status }, spec, nowMs);
    if (isNew) await validate({ client, workflow, spec });
  } catch (error) {
    return ended(status, "Failed", messageOf(error), nowMs);
  }
  status.phase = "Running";
  const work = runOf(input, { status, spec, globals });
  const outcome = await advance(work.run, workflow).catch((error: unknown) => ({
    phase: "Error" as const,
    message: messageOf(error),
  }));
  return finish(input, work, { status, outcome, isNew });
};

const UNSUPPORTED = ["synchronization", "volumeClaimTemplates", "podSpecPatch"] as const;

/** Its own, with those of the template that it names as they were at its start. */
const specOf = async (
  client: KubeClient,
  { spec, metadata }: Workflow,
  status: WorkflowStatus,
): Promise<WorkflowSpec> => {
  const ref = spec.workflowTemplateRef;
  if (ref === undefined) return spec;
  status.storedWorkflowTemplateSpec ??= mergedSpec(
    spec,
    (await fetchTemplate(client, metadata.namespace ?? "", ref)).spec,
  );
  const { shutdown, suspend, activeDeadlineSeconds } = spec;
  return {
    ...status.storedWorkflowTemplateSpec,
    ...(shutdown === undefined ? {} : { shutdown }),
    ...(suspend === undefined ? {} : { suspend }),
    ...(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }),
  };
};

const messageOf = (error: unknown): string => {
  if (error instanceof TemplateError || error instanceof ExpressionError) return error.message;
  throw error;
};

const ended = (status: WorkflowStatus, phase: "Failed" | "Error", message: string, nowMs: number): Reconciled => {
  const conditions = [...(status.conditions ?? []).filter(({ type }) => type !== "Completed"), COMPLETED];
  return {
    status: { ...status, phase, message, progress: status.progress ?? "0/0", finishedAt: timestamp(nowMs), conditions },
    wakeInMs: undefined,
  };
};

const COMPLETED = { type: "Completed", status: "True" };

interface Work {
  readonly run: Run;
  wakeInMs: number | undefined;
}

interface Facts {
  readonly status: WorkflowStatus;
  readonly spec: WorkflowSpec;
  readonly globals: Map<string, unknown>;
}

const runOf = (input: ReconcileInput, { status, spec, globals }: Facts): Work => {
  const { client, pods, nowMs, startPod, findPod, deletePod } = input;
  const workflow = { ...input.workflow, status };
  const parameters = (status.outputs?.parameters ?? []).map(({ name, value }): [string, string] => [
    name,
    textOf(value),
  ]);
  const run: Run = {
    client,
    workflow,
    spec,
    nowMs,
    globals,
    startPod,
    findPod,
    deletePod,
    context: localContext(client, workflow, spec),
    nodes: new Map(Object.entries(status.nodes ?? {})),
    limits: new Map(),
    pods: new Map(pods.map((pod) => [pod.metadata.name, pod])),
    outputs: { parameters: new Map(parameters), artifacts: new Map() },
    execute: (execution) => execute(run, execution),
    wakeAfter: (ms) => {
      work.wakeInMs = Math.min(work.wakeInMs ?? Infinity, ms);
    },
  };
  const work: Work = { run, wakeInMs: undefined };
  return work;
};

/** How it ended; undefined while something is left to do. */
const advance = async (run: Run, { metadata: { name } }: Workflow): Promise<Outcome | undefined> => {
  await assessPods(run);
  await endByLimits(run);
  run.globals.set("workflow.status", "Running");
  if (run.spec.suspend === true) return undefined;
  const node = await run.execute({
    name,
    call: run.spec.entrypoint === undefined ? {} : { template: run.spec.entrypoint },
    context: run.context,
    arguments: run.spec.arguments ?? {},
  });
  const areHooksDone = await executeWorkflowHooks(run, node);
  if (node === undefined || !isFulfilled(node) || !areHooksDone) return undefined;
  const phase = phaseOf(node);
  addEnd(run.globals, { phase }, run.nodes.values());
  const handler = await exitHandler(run);
  if (handler === "busy") return undefined;
  if (phase === "Succeeded" && handler !== undefined && isFailed(handler))
    return { phase: phaseOf(handler), message: handler.message };
  const isStopped = isFailed(node) && run.spec.shutdown !== undefined;
  return { phase, message: isStopped ? `Stopped with strategy '${run.spec.shutdown}'` : node.message };
};

interface Outcome {
  readonly phase: "Succeeded" | "Failed" | "Error";
  readonly message: string | undefined;
}

const phaseOf = ({ phase }: Node): Outcome["phase"] => (phase === "Failed" || phase === "Error" ? phase : "Succeeded");

interface Result {
  readonly status: WorkflowStatus;
  readonly outcome: Outcome | undefined;
  readonly isNew: boolean;
}

const finish = (
  { pods, nowMs }: ReconcileInput,
  { run, wakeInMs }: Work,
  { status, outcome, isNew }: Result,
): Reconciled => {
  status.progress = setProgress(run.nodes);
  if (run.nodes.size > 0) status.nodes = Object.fromEntries(run.nodes);
  const parameters = [...run.outputs.parameters].map(([name, value]) => ({ name, value }));
  if (parameters.length > 0) status.outputs = { parameters };
  const isRunning = pods.some((pod) => statusOf(pod).phase === "Running");
  const conditions = isNew ? [] : [{ type: "PodRunning", status: isRunning ? "True" : "False" }];
  status.conditions = [...conditions, ...(outcome === undefined ? [] : [COMPLETED])];
  if (outcome === undefined) return { status, wakeInMs };
  status.phase = outcome.phase;
  if (outcome.message !== undefined && outcome.message !== "") status.message = outcome.message;
  status.finishedAt = timestamp(nowMs);
  return { status, wakeInMs: undefined };
};

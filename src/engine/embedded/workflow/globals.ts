import type { KubeClient } from "../../../k8s/client.ts";
import { textOf } from "./expression/values.ts";
import { configMapValue, listOfParameters } from "./template/arguments.ts";
import { TemplateError } from "./template/resolve.ts";
import type { Node, Parameter, Workflow, WorkflowSpec, WorkflowStatus } from "./types.ts";

/** The variables `workflow.…` at the beginning of a reconciliation. Throws a TemplateError for a parameter without a value. */
export const globalsOf = async (
  client: KubeClient,
  workflow: Workflow,
  spec: WorkflowSpec,
  nowMs: number,
): Promise<Map<string, unknown>> => {
  const { metadata, status } = workflow;
  const { name, namespace = "", uid = "", creationTimestamp = "", labels = {}, annotations = {} } = metadata;
  const parameters = await workflowParameters(client, namespace, spec);
  const seconds = (nowMs - Date.parse(status?.startedAt ?? "")) / 1000;
  return new Map<string, unknown>([
    ["workflow.name", name],
    ["workflow.namespace", namespace],
    ["workflow.uid", uid],
    ["workflow.mainEntrypoint", spec.entrypoint ?? ""],
    ["workflow.serviceAccountName", spec.serviceAccountName ?? ""],
    ["workflow.priority", spec.priority === undefined ? undefined : String(spec.priority)],
    ["workflow.duration", (Number.isNaN(seconds) ? 0 : seconds).toFixed(6)],
    ["workflow.creationTimestamp", creationTimestamp],
    ["workflow.creationTimestamp.s", String(Math.floor(Date.parse(creationTimestamp) / 1000))],
    ["workflow.creationTimestamp.RFC3339", creationTimestamp],
    ["workflow.labels.json", JSON.stringify(labels)],
    ["workflow.annotations.json", JSON.stringify(annotations)],
    ...prefixed("workflow.labels", labels),
    ...prefixed("workflow.annotations", annotations),
    ["workflow.parameters", listOfParameters(parameters)],
    ["workflow.parameters.json", listOfParameters(parameters)],
    ...parameters.map(({ name: parameter, value }): [string, unknown] => [
      `workflow.parameters.${parameter}`,
      textOf(value),
    ]),
    ...(status?.outputs?.parameters ?? []).map(({ name: output, value }): [string, unknown] => [
      `workflow.outputs.parameters.${output}`,
      textOf(value),
    ]),
  ]);
};

/** What only the handlers of a workflow's end may know. */
export const addEnd = (
  globals: Map<string, unknown>,
  { phase }: Pick<WorkflowStatus, "phase">,
  nodes: Iterable<Node>,
): void => {
  const failures = [...nodes].filter(
    (node) => (node.phase === "Failed" || node.phase === "Error") && node.type === "Pod",
  );
  globals.set("workflow.status", phase ?? "Running");
  globals.set(
    "workflow.failures",
    JSON.stringify(
      failures.map((node) => ({
        displayName: node.displayName,
        message: node.message ?? "",
        templateName: node.templateName ?? "",
        phase: node.phase,
        podName: node.id,
        finishedAt: node.finishedAt,
      })),
    ),
  );
};

/** The workflow's arguments with the values that config maps have for them. */
export const workflowParameters = async (
  client: KubeClient,
  namespace: string,
  spec: WorkflowSpec,
): Promise<Parameter[]> =>
  await Promise.all((spec.arguments?.parameters ?? []).map((parameter) => withValue(client, namespace, parameter)));

const withValue = async (client: KubeClient, namespace: string, parameter: Parameter): Promise<Parameter> => {
  const { name, value, valueFrom, default: fallback } = parameter;
  if (value !== undefined) return parameter;
  const ref = valueFrom?.configMapKeyRef;
  const other = valueFrom?.default ?? fallback;
  if (ref === undefined) return other === undefined ? parameter : { ...parameter, value: other };
  try {
    const found = await configMapValue(client, namespace, ref);
    return { name, value: found ?? other ?? "" };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    if (other !== undefined) return { name, value: other };
    const where = `with name ${ref.name} and key ${ref.key}`;
    throw new TemplateError(
      `failed to set global parameters: failed to set global parameter settings from configmap ${where}: ${error.message}`,
    );
  }
};

const prefixed = (prefix: string, values: Readonly<Record<string, string>>): [string, unknown][] =>
  Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]);

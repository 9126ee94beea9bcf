import type { KubeClient } from "../../../../k8s/client.ts";
import { textOf } from "../expression/values.ts";
import { localContext, TemplateError } from "../template/resolve.ts";
import type { Workflow, WorkflowSpec } from "../types.ts";
import { validateCall } from "./templates.ts";

export interface Validation {
  readonly client: KubeClient;
  readonly workflow: Workflow;
  readonly spec: WorkflowSpec;
}

/** Throws a TemplateError for a spec that cannot work, in the words of Argo Workflows. */
export const validate = async ({ client, workflow, spec }: Validation): Promise<void> => {
  try {
    if (spec.entrypoint === undefined || spec.entrypoint === "") throw new TemplateError("spec.entrypoint is required");
    checkArguments(spec);
    const context = localContext(client, workflow, spec);
    const parameters = spec.arguments?.parameters ?? [];
    const seen = new Set<string>();
    const base = { context, parameters, seen };
    await validateCall({ template: spec.entrypoint, arguments: spec.arguments ?? {} }, base);
    if (spec.onExit !== undefined) await validateCall({ template: spec.onExit, arguments: spec.arguments ?? {} }, base);
    for (const hook of Object.values(spec.hooks ?? {})) {
      await validateCall({ ...hook, arguments: hook.arguments ?? spec.arguments ?? {} }, base);
    }
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(`invalid spec: ${error.message}`) : error;
  }
};

const checkArguments = ({ arguments: args }: WorkflowSpec): void => {
  for (const { name, value, valueFrom, default: fallback, enum: allowed } of args?.parameters ?? []) {
    if (value === undefined && valueFrom === undefined && fallback === undefined)
      throw new TemplateError(`spec.arguments.${name}.value or spec.arguments.${name}.valueFrom is required`);
    if (allowed !== undefined && value !== undefined && !allowed.map(textOf).includes(textOf(value)))
      throw new TemplateError(`spec.arguments.${name}.value should be present in spec.arguments.${name}.enum list`);
  }
};

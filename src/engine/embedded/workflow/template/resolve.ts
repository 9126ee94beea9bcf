import type { KubeClient } from "../../../../k8s/client.ts";
import {
  API_VERSION,
  type Call,
  type Template,
  type TemplateRef,
  type Workflow,
  type WorkflowSpec,
  type WorkflowTemplate,
} from "../types.ts";

/** Where the templates are that a template may name. */
export interface TemplateContext {
  /** `local/NAME`, `namespaced/NAME` or `cluster/NAME`, as nodes show it. */
  readonly scope: string;
  readonly namespace: string;
  readonly templates: readonly Template[];
  readonly client: KubeClient;
}

export interface Resolved {
  readonly template: Template;
  readonly context: TemplateContext;
  readonly isInline: boolean;
}

/** A template that is not there, or nothing to execute at all. The message is for the user. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** The template that a step or task means and the context of what it names itself. */
export const resolveTemplate = async (
  { template, templateRef, inline }: Pick<Call, "template" | "templateRef" | "inline">,
  context: TemplateContext,
): Promise<Resolved> => {
  if (inline !== undefined) return { template: inline, context, isInline: true };
  if (templateRef !== undefined) return await resolveRef(templateRef, context);
  const found = context.templates.find(({ name }) => name === template);
  if (found === undefined)
    throw new TemplateError(`template ${template ?? ""} not found in the scope ${context.scope}`);
  return { template: found, context, isInline: false };
};

/** The spec with what its `workflowTemplateRef` gives; the workflow's own fields win, named lists are laid over. */
export const mergedSpec = (own: WorkflowSpec, base: WorkflowSpec | undefined): WorkflowSpec => {
  if (base === undefined) return own;
  return {
    ...base,
    ...own,
    templates: byName(own.templates ?? [], base.templates ?? []),
    arguments: {
      parameters: byName(own.arguments?.parameters ?? [], base.arguments?.parameters ?? []),
      artifacts: byName(own.arguments?.artifacts ?? [], base.arguments?.artifacts ?? []),
    },
  };
};

export const fetchTemplate = async (
  client: KubeClient,
  namespace: string,
  { name, clusterScope = false }: { readonly name: string; readonly clusterScope?: boolean },
): Promise<WorkflowTemplate> => {
  const kind = clusterScope ? "ClusterWorkflowTemplate" : "WorkflowTemplate";
  const found = await client.get<WorkflowTemplate>({
    apiVersion: API_VERSION,
    kind,
    name,
    ...(clusterScope ? {} : { namespace }),
  });
  if (found === undefined) throw new TemplateError(`${kind.toLowerCase()}s.argoproj.io "${name}" not found`);
  return found;
};

/** Context of a workflow's own templates. */
export const localContext = (
  client: KubeClient,
  { metadata, spec: own }: Workflow,
  spec: WorkflowSpec,
): TemplateContext => ({
  scope: own.workflowTemplateRef === undefined ? `local/${metadata.name}` : "local/",
  namespace: metadata.namespace ?? "",
  templates: spec.templates ?? [],
  client,
});

const resolveRef = async (ref: TemplateRef, context: TemplateContext): Promise<Resolved> => {
  const { client, namespace } = context;
  const { spec, metadata } = await fetchTemplate(client, namespace, ref);
  const template = spec.templates?.find(({ name }) => name === ref.template);
  if (template === undefined)
    throw new TemplateError(`template ${ref.template} not found in workflow template ${ref.name}`);
  const scope = `${ref.clusterScope === true ? "cluster" : "namespaced"}/${metadata.name}`;
  return { template, context: { scope, namespace, templates: spec.templates ?? [], client }, isInline: false };
};

const byName = <T extends { readonly name?: string }>(own: readonly T[], base: readonly T[]): T[] => {
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...base.filter(({ name }) => !names.has(name))];
};

import { MANAGED_BY } from "../../crds/labels.ts";
import { LIMITS } from "../../crds/names.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { containerSteps } from "./container-steps.ts";
import type { BuildInput } from "./inputs.ts";
import { processSteps } from "./process-steps.ts";
import { parametersOf, type StepInput, stepInput, stepInputOfParameters } from "./step-input.ts";
import { SERVICE_ACCOUNT } from "./supports.ts";

export const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;
/** Annotation of a workflow: namespace and object name of its Build. */
export const BUILD_OF_WORKFLOW = "core.choreo.dev/build";

const KEPT_SECONDS = 3600;
/** A build that has not ended after this long will not. */
const DEADLINE_SECONDS = 3600;

/** The workflow of a build. `builds` is the folder of builds where pods are processes. */
export const renderWorkflow = (input: BuildInput, builds?: string): AnyObject => {
  const template = input.build.spec.buildConfiguration.workflowTemplate;
  return {
    ...WORKFLOW,
    metadata: {
      name: input.workflow,
      namespace: input.namespace,
      labels: { "managed-by": MANAGED_BY.build, ...labelsOf(input) },
      annotations: { [BUILD_OF_WORKFLOW]: `${input.build.metadata.namespace}/${input.build.metadata.name}` },
    },
    spec: {
      serviceAccountName: SERVICE_ACCOUNT,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      ttlStrategy: { secondsAfterSuccess: KEPT_SECONDS, secondsAfterFailure: KEPT_SECONDS },
      podMetadata: { labels: labelsOf(input) },
      ...(template === undefined ? ownSteps(input, builds) : ofTemplate(input, template.name)),
    },
  };
};

/** The same on the workflow and on its pods. */
const labelsOf = ({ build: { metadata }, workflow }: BuildInput): Record<string, string> => ({
  workflow,
  // A label holds less than a name.
  ...(metadata.name.length <= LIMITS.label && { build: metadata.name }),
});

/** The user's own template gets what the built-in steps know as parameters, and has to output `image`. */
const ofTemplate = (input: BuildInput, name: string): object => ({
  workflowTemplateRef: { name },
  arguments: {
    parameters: [...parametersOf(input), ...(input.build.spec.buildConfiguration.workflowTemplate?.parameters ?? [])],
  },
});

const ENTRY = "build-workflow";

const ownSteps = (input: BuildInput, builds: string | undefined): object => ({
  entrypoint: ENTRY,
  templates: templatesOf(ENTRY, stepInput(input), builds),
});

const templatesOf = (name: string, input: StepInput, builds: string | undefined): object[] =>
  builds === undefined ? containerSteps(name, input) : processSteps(name, input, builds);

/** The platform's own steps as a template that workflows of the users' own can call: `templateRef: {name: choreo-build, template: build}`. */
export const renderStepsTemplate = (namespace: string, builds: string | undefined): AnyObject => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "WorkflowTemplate",
  metadata: { name: "choreo-build", namespace, labels: { "managed-by": MANAGED_BY.build } },
  spec: { templates: templatesOf("build", stepInputOfParameters(), builds) },
});

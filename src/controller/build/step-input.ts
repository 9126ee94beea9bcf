import { type BuildInput, buildSecrets, gitAuthName, hasGitAuth } from "./inputs.ts";
import { stepVariables } from "./variables.ts";

/** What the platform's own steps are made from: the values of one build, or the parameters of any. */
export interface StepInput {
  /** Name of the workflow, unique in its build plane. */
  readonly workflow: string;
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Secret with the credentials of the repository. */
  readonly gitSecret: string | undefined;
  /** Secrets whose keys the steps see. */
  readonly secrets: readonly string[];
}

export const stepInput = (input: BuildInput): StepInput => ({
  workflow: input.workflow,
  variables: stepVariables(input),
  gitSecret: hasGitAuth(input) ? gitAuthName(input) : undefined,
  secrets: buildSecrets(input),
});

/** Parameters of a workflow of the user's own, and the variables of the platform's steps that they are. */
const PARAMETERS = [
  ["source-artifact", "SOURCE_ARTIFACT"],
  ["git-url", "GIT_URL"],
  ["git-branch", "GIT_BRANCH"],
  ["git-revision", "GIT_REVISION"],
  ["source-path", "SOURCE_PATH"],
  ["image-repository", "IMAGE"],
  ["image-tag-prefix", "TAG"],
  ["registries", "REGISTRIES"],
] as const;
const GIT_SECRET = "git-secret";

/** What a workflow of the user's own is told of its build. */
export const parametersOf = (input: BuildInput): { readonly name: string; readonly value: string }[] => {
  const values = new Map(stepVariables(input));
  return [
    ...PARAMETERS.map(([name, variable]) => ({ name, value: values.get(variable) ?? "" })),
    // The name is free where there are no credentials: whoever mounts it says that it is optional.
    { name: GIT_SECRET, value: gitAuthName(input) },
  ];
};

/** The platform's steps for any workflow that has those parameters. */
export const stepInputOfParameters = (): StepInput => ({
  workflow: "{{workflow.name}}",
  variables: [
    ...PARAMETERS.map(([name, variable]) => [variable, `{{workflow.parameters.${name}}}`] as const),
    ["CONTEXT", "{{workflow.parameters.source-path}}"],
  ],
  gitSecret: `{{workflow.parameters.${GIT_SECRET}}}`,
  secrets: [],
});

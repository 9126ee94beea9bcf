import { MANAGED_BY } from "../../crds/labels.ts";
import { LIMITS } from "../../crds/names.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { buildSecrets, type BuildInput, gitAuthName, hasGitAuth } from "./inputs.ts";
import { processSteps } from "./process-steps.ts";
import { SERVICE_ACCOUNT, STEPS_CONFIG_MAP } from "./supports.ts";
import { OUTPUTS, stepVariables } from "./variables.ts";

export const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;
/** Annotation of a workflow: namespace and object name of its Build. */
export const BUILD_OF_WORKFLOW = "core.choreo.dev/build";

const IMAGE = "docker.io/moby/buildkit:v0.34.2";
const SOCKET_DIR = "/run/choreo-buildkit";
const WORKSPACE = "/workspace";
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
      ...(template !== undefined
        ? ofTemplate(input, template.name)
        : builds === undefined
          ? containerSteps(input)
          : processSteps(input, builds)),
    },
  };
};

/** The same on the workflow and on its pods. */
const labelsOf = ({ build: { metadata }, workflow }: BuildInput): Record<string, string> => ({
  workflow,
  // A label holds less than a name.
  ...(metadata.name.length <= LIMITS.label && { build: metadata.name }),
});

/**
 * One pod whose containers are the steps, one after the other. A pod for each would cost its start four times, and a volume to hand
 * the source on.
 */
const containerSteps = (input: BuildInput): object => ({
  entrypoint: "build-workflow",
  nodeSelector: { "core.choreo.dev/noderole": "workflow-runner" },
  volumes: [
    { name: "workspace", emptyDir: {} },
    { name: "steps", configMap: { name: STEPS_CONFIG_MAP } },
    { name: "buildkit", hostPath: { path: SOCKET_DIR, type: "Directory" } },
    ...(hasGitAuth(input) ? [{ name: "git-auth", secret: { secretName: gitAuthName(input) } }] : []),
    ...buildSecrets(input).map((name) => ({ name: `secret-${name}`, secret: { secretName: name } })),
  ],
  templates: [
    {
      name: "build-workflow",
      containerSet: {
        volumeMounts: [
          { name: "workspace", mountPath: WORKSPACE },
          { name: "steps", mountPath: "/steps" },
          { name: "buildkit", mountPath: SOCKET_DIR },
          ...(hasGitAuth(input) ? [{ name: "git-auth", mountPath: "/git-auth" }] : []),
          ...buildSecrets(input).map((name) => ({ name: `secret-${name}`, mountPath: `/build-secrets/${name}` })),
        ],
        containers: [
          step(input, "clone-step", "clone.sh", []),
          step(input, "test-step", "test.sh", ["clone-step"]),
          step(input, "build-step", "build.sh", ["test-step"]),
          step(input, "main", "push.sh", ["build-step"]),
        ],
      },
      outputs: {
        parameters: OUTPUTS.map(([name, file]) => ({ name, valueFrom: { path: `${WORKSPACE}/${file}`, default: "" } })),
      },
    },
  ],
});

const step = (input: BuildInput, name: string, script: string, dependencies: readonly string[]): object => ({
  name,
  image: IMAGE,
  imagePullPolicy: "IfNotPresent",
  command: ["sh", `/steps/${script}`],
  env: [
    { name: "STEPS", value: "/steps" },
    { name: "WORKSPACE", value: WORKSPACE },
    { name: "BUILDKIT_HOST", value: `unix://${SOCKET_DIR}/buildkitd.sock` },
    ...stepVariables(input).map(([variable, value]) => ({ name: variable, value })),
  ],
  ...(dependencies.length > 0 && { dependencies }),
});

/** The user's own template gets everything that the built-in steps know as parameters, and has to output `image`. */
const ofTemplate = (input: BuildInput, name: string): object => ({
  workflowTemplateRef: { name },
  arguments: {
    parameters: [
      ...PARAMETERS.map(([parameter, variable]) => ({
        name: parameter,
        value: stepVariables(input).find(([known]) => known === variable)?.[1] ?? "",
      })),
      ...(input.build.spec.buildConfiguration.workflowTemplate?.parameters ?? []),
    ],
  },
});

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

import { MANAGED_BY } from "../../crds/labels.ts";
import { LIMITS } from "../../crds/names.ts";
import type { AnyObject } from "../../k8s/types.ts";
import type { BuildInput } from "./inputs.ts";
import { gitAuthName, SERVICE_ACCOUNT, STEPS_CONFIG_MAP } from "./supports.ts";

export const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;
/** Annotation of a workflow: namespace and object name of its Build. */
export const BUILD_OF_WORKFLOW = "core.choreo.dev/build";

const IMAGE = "docker.io/moby/buildkit:v0.34.2";
const SOCKET_DIR = "/run/choreo-buildkit";
const WORKSPACE = "/workspace";
const KEPT_SECONDS = 3600;
/** A build that has not ended after this long will not. */
const DEADLINE_SECONDS = 3600;

/**
 * The workflow of a build: one pod whose containers are the steps, one after the other. A pod for each would cost its
 * start four times, and a volume to hand the source on.
 */
export const renderWorkflow = (input: BuildInput): AnyObject => {
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
      ...(template === undefined ? builtIn(input) : ofTemplate(input, template.name)),
    },
  };
};

/** The same on the workflow and on its pods. */
const labelsOf = ({ build: { metadata }, workflow }: BuildInput): Record<string, string> => ({
  workflow,
  // A label holds less than a name.
  ...(metadata.name.length <= LIMITS.label && { build: metadata.name }),
});

const builtIn = (input: BuildInput): object => ({
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

/** Output parameters and the files that the steps leave them in. */
export const OUTPUTS = [
  ["image", "image"],
  ["git-revision", "revision"],
  ["test", "test"],
  ["port", "port"],
  ["component", "component.yaml"],
  ["endpoints", "endpoints.yaml"],
  ["workload", "workload.yaml"],
] as const;

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

/** What the scripts of the steps are told. */
export const stepVariables = ({ build, component, image }: BuildInput): [string, string][] => {
  const { docker, buildpack } = build.spec.buildConfiguration;
  const own = build.spec.buildEnvironment?.env ?? [];
  const artifact = build.spec.source?.artifact;
  const useDocker = docker !== undefined && buildpack === undefined;
  return [
    ["SOURCE_ARTIFACT", artifact === undefined ? "" : `${image.registries[0] ?? ""}/${artifact}`],
    ["GIT_URL", component.spec.source?.gitRepository?.url ?? ""],
    ["GIT_BRANCH", build.spec.branch ?? ""],
    ["GIT_REVISION", build.spec.gitRevision ?? ""],
    ["SOURCE_PATH", relative(build.spec.path)],
    ["CONTEXT", useDocker ? relative(docker.context) : relative(build.spec.path)],
    ["DOCKERFILE", useDocker ? relative(docker.dockerfilePath) : ""],
    ["BUILDPACK", buildpack?.name ?? ""],
    ["BUILDPACK_VERSION", buildpack?.version ?? ""],
    ["IMAGE", image.repository],
    ["TAG", image.tagPrefix],
    ["REGISTRIES", image.registries.join(" ")],
    ["BUILD_ARGS", own.map(({ name }) => name).join(" ")],
    ...own.map(({ name, value }): [string, string] => [name, value]),
  ];
};

/** Paths are from the root of the source, with or without a slash before them. */
const relative = (place: string | undefined): string => {
  const clean = (place ?? "").split("/").filter((part) => part !== "" && part !== ".");
  return clean.length === 0 ? "." : clean.join("/");
};

const hasGitAuth = ({ build, component }: BuildInput): boolean =>
  build.spec.source?.artifact === undefined &&
  component.spec.source?.gitRepository?.authentication?.secretRef !== undefined;

const buildSecrets = ({ build }: BuildInput): string[] =>
  (build.spec.buildEnvironment?.envFrom ?? []).map(({ secretRef }) => secretRef);

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

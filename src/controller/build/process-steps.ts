import path from "node:path";
import { workFolder } from "../../source/bundle-store.ts";
import { ANNOTATIONS } from "../../engine/embedded/runtime/image/resolve.ts";
import { packageRoot } from "../../lib/package-root.ts";
import { buildSecrets, type BuildInput, gitAuthName, hasGitAuth } from "./inputs.ts";
import { OUTPUTS, stepVariables } from "./variables.ts";

/** The volume is there so that a pod sees the folder under its own name; see {@link processSteps}. */
const VOLUME = "builds";

/**
 * The steps of a build where pods are processes: a pod each, since a process costs no more than a container of a set, in one folder of
 * the platform. What they run is `src/engine/embedded/build`.
 */
export const processSteps = (input: BuildInput, builds: string): object => {
  const steps: readonly (readonly [name: string, outputs: readonly string[]])[] = [
    ["clone", ["git-revision", "component", "endpoints", "workload"]],
    ["test", ["test"]],
    ["build", ["port"]],
    ["push", ["image"]],
  ];
  return {
    entrypoint: "build-workflow",
    volumes: [{ name: VOLUME, hostPath: { path: builds, type: "DirectoryOrCreate" } }],
    templates: [
      { name: "build-workflow", steps: steps.map(([name]) => [{ name: `${name}-step`, template: `${name}-step` }]) },
      ...steps.map(([name, outputs]) => stepTemplate({ input, builds, name, outputs })),
    ],
  };
};

interface StepInput {
  readonly input: BuildInput;
  readonly builds: string;
  readonly name: string;
  readonly outputs: readonly string[];
}

const stepTemplate = ({ input, builds, name, outputs }: StepInput): object => {
  const work = workFolder(builds, input.workflow);
  const files = new Map<string, string>(OUTPUTS);
  return {
    name: `${name}-step`,
    // Where the step begins; a state folder below /tmp is not hidden by a /tmp of the pod's own then.
    metadata: { annotations: { [ANNOTATIONS.dir]: builds } },
    container: {
      image: "choreo.dev/build-steps",
      command: [process.execPath, path.join(packageRoot(), "dist", "build-step.js"), name],
      env: [
        { name: "WORKSPACE", value: work },
        { name: "BUILDS", value: builds },
        ...stepVariables(input).map(([variable, value]) => ({ name: variable, value })),
        ...(name === "clone" ? gitVariables(input) : []),
      ],
      ...(name === "clone" ? {} : { envFrom: buildSecrets(input).map((secret) => ({ secretRef: { name: secret } })) }),
      volumeMounts: [{ name: VOLUME, mountPath: builds }],
    },
    outputs: {
      parameters: outputs.map((output) => ({
        name: output,
        valueFrom: { path: path.join(work, files.get(output) ?? output), default: "" },
      })),
    },
  };
};

const GIT_VARIABLES = [
  ["GIT_USERNAME", "username"],
  ["GIT_PASSWORD", "password"],
  ["GIT_TOKEN", "token"],
  ["GIT_SSH_KEY", "ssh-privatekey"],
] as const;

const gitVariables = (input: BuildInput): object[] =>
  hasGitAuth(input)
    ? GIT_VARIABLES.map(([name, key]) => ({
        name,
        valueFrom: { secretKeyRef: { name: gitAuthName(input), key, optional: true } },
      }))
    : [];

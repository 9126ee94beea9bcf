import path from "node:path";
import { ANNOTATIONS } from "../../engine/embedded/runtime/image/resolve.ts";
import { packageRoot } from "../../lib/package-root.ts";
import { workFolder } from "../../source/bundle-store.ts";
import type { StepInput } from "./step-input.ts";
import { OUTPUTS } from "./variables.ts";

const STEPS: readonly (readonly [name: string, outputs: readonly string[]])[] = [
  ["clone", ["git-revision", "component", "endpoints", "workload"]],
  ["test", ["test"]],
  ["build", ["port"]],
  ["push", ["image"]],
];

/**
 * The steps of a build where pods are processes: a pod each, since a process costs no more than a container of a set, in one folder of
 * the platform. What they run is `src/engine/embedded/build`. The first of the templates is the entry.
 */
export const processSteps = (name: string, input: StepInput, builds: string): object[] => [
  {
    name,
    steps: STEPS.map(([step]) => [{ name: `${step}-step`, template: `${step}-step` }]),
    outputs: {
      parameters: [{ name: "image", valueFrom: { parameter: "{{steps.push-step.outputs.parameters.image}}" } }],
    },
  },
  ...STEPS.map(([step, outputs]) => stepTemplate({ input, builds, step, outputs })),
];

/** The volume is there so that a pod sees the folder under its own name. */
const VOLUME = "builds";

interface ProcessStep {
  readonly input: StepInput;
  readonly builds: string;
  readonly step: string;
  readonly outputs: readonly string[];
}

const stepTemplate = ({ input, builds, step, outputs }: ProcessStep): object => {
  const work = workFolder(builds, input.workflow);
  const files = new Map<string, string>(OUTPUTS);
  const isClone = step === "clone";
  return {
    name: `${step}-step`,
    // Where the step begins; a state folder below /tmp is not hidden by a /tmp of the pod's own then.
    metadata: { annotations: { [ANNOTATIONS.dir]: builds } },
    volumes: [{ name: VOLUME, hostPath: { path: builds, type: "DirectoryOrCreate" } }],
    container: {
      image: "choreo.dev/build-steps",
      command: [process.execPath, path.join(packageRoot(), "dist", "build-step.js"), step],
      env: [
        { name: "WORKSPACE", value: work },
        { name: "BUILDS", value: builds },
        ...input.variables.map(([variable, value]) => ({ name: variable, value })),
        ...(isClone ? gitVariables(input) : []),
      ],
      ...(isClone ? {} : { envFrom: input.secrets.map((secret) => ({ secretRef: { name: secret } })) }),
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

const gitVariables = ({ gitSecret }: StepInput): object[] =>
  gitSecret === undefined
    ? []
    : GIT_VARIABLES.map(([name, key]) => ({
        name,
        valueFrom: { secretKeyRef: { name: gitSecret, key, optional: true } },
      }));

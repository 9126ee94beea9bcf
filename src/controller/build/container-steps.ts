import type { StepInput } from "./step-input.ts";
import { STEPS_CONFIG_MAP } from "./supports.ts";
import { OUTPUTS } from "./variables.ts";

const IMAGE = "docker.io/moby/buildkit:v0.34.2";
const SOCKET_DIR = "/run/choreo-buildkit";
const WORKSPACE = "/workspace";

/**
 * One pod whose containers are the steps; each waits for the one before it (build-steps/common.sh). A pod for each would cost its start four times, and a volume to hand
 * the source on. The first of the templates is the entry.
 */
export const containerSteps = (name: string, input: StepInput): object[] => {
  const { gitSecret, secrets } = input;
  const mounts = secrets.map((secret) => ({ name: `secret-${secret}`, mountPath: `/build-secrets/${secret}` }));
  return [
    {
      name,
      nodeSelector: { "core.choreo.dev/noderole": "workflow-runner" },
      volumes: [
        { name: "workspace", emptyDir: {} },
        { name: "steps", configMap: { name: STEPS_CONFIG_MAP } },
        { name: "buildkit", hostPath: { path: SOCKET_DIR, type: "Directory" } },
        ...(gitSecret === undefined ? [] : [{ name: "git-auth", secret: { secretName: gitSecret, optional: true } }]),
        ...secrets.map((secret) => ({ name: `secret-${secret}`, secret: { secretName: secret } })),
      ],
      containerSet: {
        volumeMounts: [
          { name: "workspace", mountPath: WORKSPACE },
          { name: "steps", mountPath: "/steps" },
          { name: "buildkit", mountPath: SOCKET_DIR },
          ...(gitSecret === undefined ? [] : [{ name: "git-auth", mountPath: "/git-auth" }]),
          ...mounts,
        ],
        containers: [
          step(input, "clone-step", "clone.sh"),
          step(input, "test-step", "test.sh"),
          step(input, "build-step", "build.sh"),
          step(input, "main", "push.sh"),
        ],
      },
      outputs: {
        parameters: OUTPUTS.map(([output, file]) => ({
          name: output,
          valueFrom: { path: `${WORKSPACE}/${file}`, default: "" },
        })),
      },
    },
  ];
};

const step = ({ variables }: StepInput, name: string, script: string): object => ({
  name,
  image: IMAGE,
  imagePullPolicy: "IfNotPresent",
  command: ["sh", `/steps/${script}`],
  env: [
    { name: "STEPS", value: "/steps" },
    { name: "WORKSPACE", value: WORKSPACE },
    { name: "BUILDKIT_HOST", value: `unix://${SOCKET_DIR}/buildkitd.sock` },
    ...variables.map(([variable, value]) => ({ name: variable, value })),
  ],
});

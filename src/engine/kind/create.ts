import { rm } from "node:fs/promises";
import { ChoreoError } from "../../lib/errors.ts";
import { type ExecOptions, exec } from "../../lib/exec.ts";
import type { RunContext } from "../engine.ts";

export interface KindCreate {
  readonly kind: string;
  readonly cluster: string;
  readonly image: string;
  readonly network: string;
  /** kind's configuration, YAML. */
  readonly config: string;
  /** kind writes its kubeconfig here, never to the user's. */
  readonly kubeconfig: string;
  readonly childrenDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Phases that kind reports with a bullet, in plain words. */
const PHASES: readonly (readonly [RegExp, string])[] = [
  [/Ensuring node image/, "looking for the node image"],
  [/Preparing nodes/, "starting the node"],
  [/Writing configuration/, "writing the configuration"],
  [/Starting control-plane/, "starting the Kubernetes control plane"],
  [/Installing CNI/, "installing the CNI"],
  [/Installing StorageClass/, "installing the storage class"],
];

/**
 * Runs `kind create cluster`. Half-made nodes are kept (`--retain`) because the caller reads their logs before it
 * removes them. kind's own wait for readiness is not used: an addon may bring the CNI that readiness needs.
 */
export const runKindCreate = async (create: KindCreate, context: RunContext): Promise<void> => {
  // kind locks its kubeconfig by a file that a killed run leaves behind; the file is ours alone, so is the lock.
  await rm(`${create.kubeconfig}.lock`, { force: true });
  const args = ["create", "cluster", "--name", create.cluster, "--image", create.image, "--config", "-", "--retain"];
  const options: ExecOptions = {
    input: create.config,
    signal: context.signal,
    timeoutMs: 600_000,
    trackIn: create.childrenDir,
    env: kindEnv(create),
    onLine: (line) => {
      const phase = PHASES.find(([pattern]) => pattern.test(line));
      if (phase !== undefined) context.progress(phase[1]);
    },
  };
  try {
    await exec(create.kind, [...args, "--kubeconfig", create.kubeconfig], options);
  } catch (error) {
    if (!(error instanceof ChoreoError) || error.code !== "E_COMMAND") throw error;
    throw new ChoreoError("E_CLUSTER_CREATE", `Cluster ${create.cluster} could not be created`, {
      why: reasonIn(error.evidence) ?? error.message,
      fix: "choreo-dev up again continues; choreo-dev up --retain keeps the failed node for a look",
      evidence: error.evidence,
      cause: error,
    });
  }
};

const kindEnv = (create: KindCreate): Record<string, string | undefined> => ({
  ...create.env,
  KIND_EXPERIMENTAL_PROVIDER: "docker",
  KIND_EXPERIMENTAL_DOCKER_NETWORK: create.network,
  KUBECONFIG: create.kubeconfig,
});

const reasonIn = (lines: readonly string[]): string | undefined =>
  lines.findLast((line) => /^ERROR:|error:|failed/i.test(line))?.trim();

import { refOf } from "../../controller/conditions.ts";
import { CHOREO_API } from "../../crds/labels.ts";
import type { Build, Deployment } from "../../crds/types.ts";
import type { RegistryClient } from "../../docker/registry-client.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import { followBuild } from "../build/follow.ts";
import { submitBuild } from "../build/submit.ts";
import { type Outcome, stopwatch } from "./outcome.ts";
import { type DevTarget, isReady } from "./targets.ts";

export interface RebuildInput {
  readonly control: KubeClient;
  readonly registry: RegistryClient | undefined;
  /** Folder of the platform's builds. */
  readonly builds: string;
  readonly target: DevTarget;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Builds a component's folder in the build plane and rolls the image out. A build that fails changes nothing. */
export const rebuild = async (input: RebuildInput): Promise<Outcome> => {
  const { control, registry, builds, target, timeoutMs, signal } = input;
  const { component, track } = target;
  const watch = stopwatch();
  const progress = (): undefined => undefined;
  const { build } = await submitBuild({ control, component, track, registry, builds, signal, progress });
  watch.lap("send");
  try {
    await followBuild(control, build, { timeoutMs, signal, onStep: () => undefined });
  } catch (error) {
    if (!(error instanceof ChoreoError) || error.code !== "E_BUILD") throw error;
    watch.lap("build");
    const message = [error.why, ...(error.evidence ?? [])].filter(Boolean).join("\n");
    return { path: "rebuild", state: "failed", phases: watch.laps(), message };
  }
  watch.lap("build");
  await pointTo(input, build);
  const ready = await poll(
    async () => {
      const found = await deploymentOf(input);
      if (found !== undefined && found.spec.deploymentArtifactRef === build.metadata.name && isReady(found))
        return { done: true, value: true };
      return { done: false, missing: found === undefined ? "its Deployment" : "its pods" };
    },
    {
      ...{ what: `${target.name} to serve`, timeoutMs, intervalMs: 50, maxIntervalMs: 200, signal },
      ...{ code: "E_NOT_READY", fix: `choreo-dev logs ${target.name}` },
    },
  );
  watch.lap("rollout");
  return { path: "rebuild", state: ready ? "ready" : "failed", phases: watch.laps() };
};

/** Where the track does not deploy by itself, the change is deployed all the same: that is what a dev loop is for. */
const pointTo = async (input: RebuildInput, build: Build): Promise<void> => {
  const deployment = await deploymentOf(input);
  if (deployment === undefined) {
    const { name, environment } = input.target;
    throw new ChoreoError(
      "E_NOT_FOUND",
      `${name} is built as ${build.metadata.name} and not deployed to ${environment}`,
      {
        fix: "set autoDeploy: true in its DeploymentTrack, or apply a Deployment",
      },
    );
  }
  if (deployment.spec.deploymentArtifactRef === build.metadata.name) return;
  await input.control.mergePatch(
    refOf(deployment),
    { spec: { deploymentArtifactRef: build.metadata.name } },
    { signal: input.signal },
  );
};

const deploymentOf = ({ control, target, signal }: RebuildInput): Promise<Deployment | undefined> =>
  findDeployment(control, target, signal);

/** The Deployment of a component in the environment of the session, as it is now; it may have been made meanwhile. */
export const findDeployment = async (
  control: KubeClient,
  target: DevTarget,
  signal: AbortSignal,
): Promise<Deployment | undefined> => {
  const { name, namespace } = target.deployment?.metadata ?? {};
  if (name !== undefined)
    return control.get<Deployment>({ apiVersion: CHOREO_API, kind: "Deployment", name, namespace }, { signal });
  const { items } = await control.list<Deployment>(
    { apiVersion: CHOREO_API, kind: "Deployment" },
    {
      namespace: target.component.metadata.namespace,
      labelSelector: `core.choreo.dev/component=${target.name},core.choreo.dev/environment=${target.environment}`,
      signal,
    },
  );
  return items[0];
};

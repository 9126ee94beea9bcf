import { BUILD_RESULT, type ToldBuild } from "../../controller/build/told.ts";
import { CHOREO_API } from "../../crds/labels.ts";
import type { Build, Deployment } from "../../crds/types.ts";
import type { RegistryClient } from "../../docker/registry-client.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import { buildDirectly, type BuildDaemon } from "../build/direct.ts";
import { followBuild } from "../build/follow.ts";
import { type PackedFolder, submitBuild } from "../build/submit.ts";
import { type Outcome, stopwatch } from "./outcome.ts";
import { type DevTarget, isReady } from "./targets.ts";

export interface RebuildInput {
  readonly control: KubeClient;
  readonly registry: RegistryClient | undefined;
  /** The BuildKit of the build plane; undefined: workflows build. */
  readonly daemon: BuildDaemon | undefined;
  /** Folder of the platform's builds. */
  readonly builds: string;
  readonly target: DevTarget;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Points the Deployment to the artifact that a build is about to make, with all that goes with it. False: it does not. */
  readonly point?: ((artifact: string, image: string) => Promise<boolean>) | undefined;
}

export interface Rebuilt {
  readonly outcome: Outcome;
  /** Whether `point` has pointed the Deployment to it, and nobody has waited for its pods. */
  readonly isPointed: boolean;
}

/** Builds a component's folder and rolls the image out. A build that fails changes nothing. */
export const rebuild = async (input: RebuildInput): Promise<Rebuilt> => {
  const { control, registry, builds, target, timeoutMs, signal } = input;
  const { component, track } = target;
  const watch = stopwatch();
  const progress = (): undefined => undefined;
  let isPointed = false;
  const direct = async (name: string, source: PackedFolder): Promise<ToldBuild | undefined> => {
    watch.lap("send");
    const told = await directly(input, source);
    const image = told?.outputs["image"];
    if (told !== undefined) watch.lap("build");
    // Before there is a Build: whoever sees it would deploy it at once, without what belongs to it here.
    if (image !== undefined) isPointed = (await input.point?.(name, image)) ?? false;
    return told;
  };
  const { build } = await submitBuild({
    ...{ control, component, track, registry, builds, signal, progress },
    direct: input.daemon === undefined ? undefined : direct,
  });
  const done = (rest: Omit<Outcome, "path" | "phases">): Rebuilt => ({
    outcome: { path: "rebuild", phases: watch.laps(), ...rest },
    isPointed,
  });
  if (build.metadata.annotations?.[BUILD_RESULT] === undefined) watch.lap("send");
  if (isPointed) return done({ state: "ready" });
  try {
    await followBuild(control, build, { timeoutMs, signal, onStep: () => undefined });
  } catch (error) {
    if (!(error instanceof ChoreoError) || error.code !== "E_BUILD") throw error;
    watch.lap("build");
    return done({ state: "failed", message: [error.why, ...(error.evidence ?? [])].filter(Boolean).join("\n") });
  }
  watch.lap("build");
  await pointTo(input, build);
  await untilServed(input, build);
  watch.lap("rollout");
  return done({ state: "ready" });
};

const directly = async (input: RebuildInput, source: PackedFolder): Promise<ToldBuild | undefined> => {
  const { control, daemon, target, signal } = input;
  if (daemon === undefined) return undefined;
  const { component, track, folder } = target;
  return buildDirectly(daemon, control, {
    ...{ component, track, folder, signal },
    ...{ repository: source.repository, source: source.layer, revision: source.digest },
  });
};

const untilServed = async (input: RebuildInput, build: Build): Promise<void> => {
  const { target, timeoutMs, signal } = input;
  await poll(
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

import { nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Build, Component, DeploymentTrack } from "../../crds/types.ts";
import { followBuild } from "../../dev/build/follow.ts";
import { submitBuild } from "../../dev/build/submit.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Handler } from "../command.ts";
import type { BuildArgs, BuildWhat } from "../definitions/builds.ts";
import { withPlatform } from "../platform.ts";
import { requireComponent } from "../../resources/components.ts";
import { listKind } from "../../resources/scope.ts";
import { waitForRollout } from "../../resources/rollout.ts";

/** Builds components by the build plane and, where their track says so, waits until what was built serves. */
export const run: Handler<BuildArgs & BuildWhat> = async (args, context) => {
  const { signal, io } = context;
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const component = (await requireComponent(control, args.component, args, signal)) as unknown as Component;
    const track = await trackOf(control, component, args.track, signal);
    const progress = (message: string): void => void io.stderr.write(`source  ${message}\n`);
    const registry = await platform.registry();
    const { build, isNew } = await submitBuild({
      ...{ control, component, track, registry, builds: platform.builds },
      ...{ signal, progress },
    });
    if (!isNew) io.stderr.write(`build   ${build.metadata.name} is of the same source\n`);
    if (args["no-wait"]) return void io.stdout.write(`build/${build.metadata.name}\n`);
    const onStep = (step: string, reason: string, ms: number): void => {
      if (reason !== "Progressing")
        io.stderr.write(`${step.padEnd(7)} ${reason.toLowerCase()}  ${(ms / 1000).toFixed(1)} s\n`);
    };
    const ended = await followBuild(control, build, { timeoutMs, signal, onStep });
    io.stdout.write(`build/${build.metadata.name}  ${ended.status?.imageStatus?.image ?? ""}\n`);
    if (track.spec.autoDeploy !== true) return;
    await waitForRollout(control, await deployedBy(control, ended, signal), {
      ...{ timeoutMs, signal },
      progress: (message) => void io.stderr.write(`waiting for ${message}\n`),
    });
  });
};

/** The track that was named, or the only one there is. */
const trackOf = async (
  control: KubeClient,
  component: Component,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<DeploymentTrack> => {
  const scope = {
    organization: component.metadata.namespace,
    project: component.metadata.labels?.[LABELS.project],
    component: nameOf(component),
  };
  const tracks = (await listKind(control, { kind: "DeploymentTrack" }, scope, signal)) as unknown as DeploymentTrack[];
  const names = tracks.map(nameOf);
  const found =
    wanted === undefined ? (tracks.length === 1 ? tracks[0] : undefined) : tracks.find((one) => nameOf(one) === wanted);
  if (found !== undefined) return found;
  if (tracks.length === 0)
    throw new ChoreoError("E_NOT_FOUND", `${nameOf(component)} has no deployment track`, {
      fix: "apply a DeploymentTrack for it; choreo-dev init writes one",
    });
  throw new ChoreoError("E_USAGE", `${nameOf(component)} has the tracks ${names.join(", ")}`, {
    fix: `add --track TRACK, for example --track ${names[0] ?? ""}`,
  });
};

/** Deployments that run the artifact of a build. */
const deployedBy = async (control: KubeClient, build: Build, signal: AbortSignal): ReturnType<typeof listKind> => {
  const scope = { organization: build.metadata.namespace, component: build.metadata.labels?.[LABELS.component] };
  const all = await listKind(control, { kind: "Deployment" }, scope, signal);
  return all.filter(
    (object) => (object["spec"] as { deploymentArtifactRef?: string }).deploymentArtifactRef === build.metadata.name,
  );
};

import { findCondition } from "../controller/conditions.ts";
import { labelOf, nameOf } from "../controller/hierarchy.ts";
import { CHOREO_API, LABELS } from "../crds/labels.ts";
import type { Build, Component, DeployableArtifact, DeploymentTrack } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { ChoreoError } from "../lib/errors.ts";

export interface ArtifactWanted {
  readonly component: Component;
  readonly track: DeploymentTrack;
  /** Name of an artifact; undefined: the newest of the track. */
  readonly artifact: string | undefined;
  /** Name of the build that made it. */
  readonly build: string | undefined;
}

/** The artifact that was asked for. Throws what is wrong with it, or with the build that should have made it. */
export const findArtifact = async (
  control: KubeClient,
  wanted: ArtifactWanted,
  signal: AbortSignal,
): Promise<DeployableArtifact> => {
  const { component, track } = wanted;
  const { namespace } = component.metadata;
  if (wanted.build !== undefined) await requireEnded(control, wanted.build, { namespace, signal });
  const { items } = await control.list<DeployableArtifact>(
    { apiVersion: CHOREO_API, kind: "DeployableArtifact" },
    { namespace, labelSelector: `${LABELS.component}=${nameOf(component)}`, signal },
  );
  const own = items
    .filter((one) => labelOf(one, LABELS.project) === labelOf(component, LABELS.project))
    .filter((one) => labelOf(one, LABELS.deploymentTrack) === nameOf(track))
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""));
  const name = wanted.artifact ?? wanted.build;
  const found =
    name === undefined
      ? own[0]
      : (own.find(({ metadata }) => metadata.name === name) ??
        own.find((one) => nameOf(one) === name || one.spec.targetArtifact.fromBuildRef?.name === name));
  if (found !== undefined) return found;
  if (name === undefined)
    throw new ChoreoError("E_NOT_FOUND", `There is nothing of ${nameOf(component)} to deploy`, {
      why: `track ${nameOf(track)} has no DeployableArtifact`,
      fix: `choreo-dev build ${nameOf(component)}, or apply one that names an image`,
    });
  const near = didYouMean(
    name,
    own.map(({ metadata }) => metadata.name),
  );
  throw new ChoreoError("E_NOT_FOUND", `${nameOf(component)} has no artifact "${name}" in track ${nameOf(track)}`, {
    ...(near === undefined ? {} : { why: `did you mean "${near}"?` }),
    fix: `choreo-dev get artifacts --component ${nameOf(component)}`,
  });
};

const requireEnded = async (
  control: KubeClient,
  name: string,
  { namespace, signal }: { readonly namespace: string | undefined; readonly signal: AbortSignal },
): Promise<void> => {
  const build = await control.get<Build>({ apiVersion: CHOREO_API, kind: "Build", namespace, name }, { signal });
  if (build === undefined)
    throw new ChoreoError("E_NOT_FOUND", `There is no build "${name}"`, { fix: "choreo-dev get builds lists them" });
  const completed = findCondition(build, "Completed");
  if (completed?.status === "True") return;
  if (completed?.reason === "BuildFailed")
    throw new ChoreoError("E_BUILD", `Build ${name} failed: there is nothing of it to deploy`, {
      why: completed.message.split("\n", 1)[0] ?? "",
      fix: `choreo-dev logs --build ${name}`,
    });
  throw new ChoreoError("E_NOT_READY", `Build ${name} has not ended`, {
    why: completed?.message ?? "the controller has not seen it yet",
    fix: `choreo-dev logs --build ${name} -f, then deploy again`,
  });
};

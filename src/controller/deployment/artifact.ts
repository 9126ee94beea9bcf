import { LABELS } from "../../crds/labels.ts";
import type { Build, Component, DeployableArtifact, Deployment } from "../../crds/types.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { labelOf } from "../hierarchy.ts";
import type { Key, ReconcileContext } from "../reconciler.ts";
import { Blocked } from "./blocked.ts";

type Context = Pick<ReconcileContext, "cache" | "settings">;

/** The artifact of a Deployment, and its image as the nodes pull it. Throws Blocked that says what is missing. */
export const resolveArtifact = (
  deployment: Deployment,
  component: Component,
  context: Context,
): { readonly artifact: DeployableArtifact; readonly image: string } => {
  const name = deployment.spec.deploymentArtifactRef;
  const artifact = context.cache<DeployableArtifact>("DeployableArtifact").get(beside(deployment, name));
  if (artifact === undefined) throw unresolved("ArtifactNotFound", `There is no DeployableArtifact "${name}"`);
  if (!isSameTrack(artifact, deployment)) {
    throw unresolved("ArtifactNotFound", `DeployableArtifact "${name}" belongs to another component or track`);
  }
  return { artifact, image: imageOf(artifact, component, context) };
};

/** Object name of the build that an artifact comes from. */
export const buildOf = (artifact: DeployableArtifact): string | undefined =>
  artifact.spec.targetArtifact.fromBuildRef?.name;

const imageOf = (artifact: DeployableArtifact, component: Component, context: Context): string => {
  const { fromBuildRef, fromImageRef } = artifact.spec.targetArtifact;
  if (fromBuildRef !== undefined) return builtImage(artifact, context);
  const repository = component.spec.source?.containerRegistry?.imageName;
  const tag = fromImageRef?.tag;
  if (repository === undefined || tag === undefined) {
    const missing =
      tag === undefined
        ? `DeployableArtifact "${artifact.metadata.name}" names neither a build nor an image tag`
        : `Component "${component.metadata.name}" has no source.containerRegistry.imageName`;
    throw unresolved("ArtifactImageUnknown", missing);
  }
  return tag.startsWith("sha256:") ? `${repository}@${tag}` : `${repository}:${tag}`;
};

const builtImage = (artifact: DeployableArtifact, { cache, settings }: Context): string => {
  const name = buildOf(artifact);
  if (name === undefined) {
    const message = `DeployableArtifact "${artifact.metadata.name}" names no build; a revision alone is not supported`;
    throw unresolved("ArtifactBuildNotFound", message);
  }
  const build = cache<Build>("Build").get(beside(artifact, name));
  if (build === undefined || !isSameTrack(build, artifact)) {
    throw unresolved("ArtifactBuildNotFound", `There is no Build "${name}" in the track of the artifact`);
  }
  const image = build.status?.imageStatus?.image ?? "";
  if (image === "") throw unresolved("ArtifactBuildNotReady", `Build "${name}" has not pushed an image yet`);
  return `${settings.pullRegistry}/${image}`;
};

const unresolved = (reason: string, message: string): Blocked => new Blocked(reason, message, { artifact: true });

const beside = ({ metadata: { namespace } }: KubeObject, name: string): Key => ({ namespace, name });

const isSameTrack = (a: KubeObject, b: KubeObject): boolean =>
  [LABELS.organization, LABELS.project, LABELS.component, LABELS.deploymentTrack].every(
    (label) => labelOf(a, label) === labelOf(b, label),
  );

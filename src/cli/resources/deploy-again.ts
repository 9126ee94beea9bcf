import { SOURCE_FOLDER } from "../../controller/deployment/process.ts";
import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Component, Deployment, DeploymentTrack } from "../../crds/types.ts";
import { pointDeployment } from "../../dev/point-deployment.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { listKind } from "../../resources/scope.ts";
import { requireEnvironment } from "./pipelines.ts";
import { scopeOf } from "./tracks.ts";

/**
 * Points the first environment to what was built before. The controller does that once, at the end of a build: content that comes
 * back later is not built again, and has to be deployed all the same.
 */
export const deployAgain = async (
  control: KubeClient,
  {
    component,
    track,
    artifact,
  }: { readonly component: Component; readonly track: DeploymentTrack; readonly artifact: string },
  signal: AbortSignal,
): Promise<void> => {
  const environment = nameOf(await requireEnvironment(control, component, undefined, signal));
  const all = (await listKind(control, { kind: "Deployment" }, scopeOf(component), signal)) as unknown as Deployment[];
  const existing = all.find(
    (one) => labelOf(one, LABELS.environment) === environment && labelOf(one, LABELS.deploymentTrack) === nameOf(track),
  );
  const runsIt =
    existing?.spec.deploymentArtifactRef === artifact && existing.metadata.annotations?.[SOURCE_FOLDER] === undefined;
  if (!runsIt)
    await pointDeployment(control, { component, track: nameOf(track), environment, existing, artifact }, signal);
};

import { SOURCE_FOLDER } from "../../controller/deployment/process.ts";
import { nameOf } from "../../controller/hierarchy.ts";
import type { Component, DeploymentTrack } from "../../crds/types.ts";
import { pointDeployment } from "../../dev/point-deployment.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { deployedTo, deploymentsOf } from "../../resources/placement.ts";
import { requireEnvironment } from "./pipelines.ts";

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
  const place = { track: nameOf(track), environment };
  const existing = deployedTo(await deploymentsOf(control, component, signal), place);
  const runsIt =
    existing?.spec.deploymentArtifactRef === artifact && existing.metadata.annotations?.[SOURCE_FOLDER] === undefined;
  if (!runsIt) await pointDeployment(control, { component, ...place, existing, artifact }, signal);
};

import { labelOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Component, Deployment } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { listKind } from "../../resources/scope.ts";
import { scopeOf } from "./tracks.ts";

/** All Deployments of a component. */
export const deploymentsOf = async (
  control: KubeClient,
  component: Component,
  signal: AbortSignal,
): Promise<Deployment[]> => {
  const found = await listKind(control, { kind: "Deployment" }, scopeOf(component), signal);
  return found as unknown as Deployment[];
};

/** The one of them that deploys a track to an environment; both by their names. */
export const deployedTo = (
  deployments: readonly Deployment[],
  { track, environment }: { readonly track: string; readonly environment: string },
): Deployment | undefined =>
  deployments.find(
    (one) => labelOf(one, LABELS.environment) === environment && labelOf(one, LABELS.deploymentTrack) === track,
  );

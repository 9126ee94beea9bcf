import { newDeployment, toArtifact } from "../controller/deployment/point-to-artifact.ts";
import { labelOf, nameOf } from "../controller/hierarchy.ts";
import { LABELS } from "../crds/labels.ts";
import type { Component, Deployment } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import { refOf } from "../k8s/object-ref.ts";

export interface Placement {
  readonly component: Component;
  /** Name of its track. */
  readonly track: string;
  readonly environment: string;
  /** What is there now. */
  readonly existing: Deployment | undefined;
  /** Object name of the DeployableArtifact that is to run there. */
  readonly artifact: string;
}

/** Points the Deployment of an environment to an artifact, or makes it. Returns it. */
export const pointDeployment = (
  control: KubeClient,
  { component, track, environment, existing, artifact }: Placement,
  signal: AbortSignal,
): Promise<Deployment> => {
  if (existing !== undefined) return control.mergePatch<Deployment>(refOf(existing), toArtifact(artifact), { signal });
  const parents = {
    organization: labelOf(component, LABELS.organization) ?? "",
    project: labelOf(component, LABELS.project) ?? "",
    component: nameOf(component),
  };
  const { namespace = "" } = component.metadata;
  return control.apply<Deployment>(newDeployment({ namespace, ...parents, track, environment, artifact }), { signal });
};

import { toArtifact } from "../controller/build/auto-deploy.ts";
import { refOf } from "../controller/conditions.ts";
import { labelOf, nameOf } from "../controller/hierarchy.ts";
import { ANNOTATIONS, CHOREO_API, LABELS } from "../crds/labels.ts";
import { autoDeploymentLabel, autoDeploymentName } from "../crds/names.ts";
import type { Component, Deployment } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";

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
  const organization = labelOf(component, LABELS.organization) ?? "";
  const project = labelOf(component, LABELS.project) ?? "";
  const name = autoDeploymentLabel(environment);
  return control.apply<Deployment>(
    {
      apiVersion: CHOREO_API,
      kind: "Deployment",
      metadata: {
        name: autoDeploymentName(organization, project, nameOf(component), track, environment),
        namespace: component.metadata.namespace ?? "",
        labels: {
          [LABELS.organization]: organization,
          [LABELS.project]: project,
          [LABELS.component]: nameOf(component),
          [LABELS.deploymentTrack]: track,
          [LABELS.environment]: environment,
          [LABELS.name]: name,
        },
        annotations: { [ANNOTATIONS.displayName]: name },
      },
      spec: { deploymentArtifactRef: artifact },
    },
    { signal },
  );
};

import { ANNOTATIONS, CHOREO_API, LABELS } from "../../crds/labels.ts";
import { autoDeploymentLabel, autoDeploymentName } from "../../crds/names.ts";
import type { Deployment } from "../../crds/types.ts";
import { WITHOUT_DEV_MODE } from "./dev-mode.ts";

/** Patch of a Deployment that shall run an artifact, and no longer what a dev loop had it run. */
export const toArtifact = (name: string): object => ({
  metadata: { annotations: WITHOUT_DEV_MODE },
  spec: { deploymentArtifactRef: name },
});

export interface NewPlacement {
  readonly namespace: string;
  /** Names of the parents, as labels have them. */
  readonly organization: string;
  readonly project: string;
  readonly component: string;
  readonly track: string;
  readonly environment: string;
  /** Object name of the DeployableArtifact that is to run there. */
  readonly artifact: string;
}

/** The Deployment that brings an artifact to an environment that has none of its track. */
export const newDeployment = (placement: NewPlacement): Deployment => {
  const { namespace, organization, project, component, track, environment, artifact } = placement;
  const label = autoDeploymentLabel(environment);
  return {
    apiVersion: CHOREO_API,
    kind: "Deployment",
    metadata: {
      name: autoDeploymentName(organization, project, component, track, environment),
      namespace,
      labels: {
        [LABELS.organization]: organization,
        [LABELS.project]: project,
        [LABELS.component]: component,
        [LABELS.deploymentTrack]: track,
        [LABELS.environment]: environment,
        [LABELS.name]: label,
      },
      annotations: { [ANNOTATIONS.displayName]: label },
    },
    spec: { deploymentArtifactRef: artifact },
  };
};

import type {
  Build,
  BuildPlane,
  Component,
  ConfigurationGroup,
  DataPlane,
  DeployableArtifact,
  Deployment,
  DeploymentPipeline,
  DeploymentTrack,
  Endpoint,
  Environment,
  Organization,
  Project,
} from "../crds/types.ts";

/** The type of an object by its kind. */
export interface ChoreoTypes {
  readonly Organization: Organization;
  readonly DataPlane: DataPlane;
  readonly BuildPlane: BuildPlane;
  readonly Environment: Environment;
  readonly DeploymentPipeline: DeploymentPipeline;
  readonly Project: Project;
  readonly Component: Component;
  readonly DeploymentTrack: DeploymentTrack;
  readonly Build: Build;
  readonly DeployableArtifact: DeployableArtifact;
  readonly Deployment: Deployment;
  readonly Endpoint: Endpoint;
  readonly ConfigurationGroup: ConfigurationGroup;
}

export type ChoreoKind = keyof ChoreoTypes;

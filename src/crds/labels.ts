const PREFIX = "core.choreo.dev";

export const CHOREO_API = "core.choreo.dev/v1";

/** All kinds, parents first. */
export const CHOREO_KINDS: readonly string[] = [
  "Organization",
  "DataPlane",
  "BuildPlane",
  "Environment",
  "DeploymentPipeline",
  "Project",
  "Component",
  "DeploymentTrack",
  "Build",
  "DeployableArtifact",
  "Deployment",
  "Endpoint",
  "ConfigurationGroup",
];

/** Labels of the platform's own resources. Relations between resources are these labels, not their object names. */
export const LABELS = {
  organization: `${PREFIX}/organization`,
  project: `${PREFIX}/project`,
  component: `${PREFIX}/component`,
  deploymentTrack: `${PREFIX}/deployment-track`,
  environment: `${PREFIX}/environment`,
  build: `${PREFIX}/build`,
  deployableArtifact: `${PREFIX}/deployable-artifact`,
  deployment: `${PREFIX}/deployment`,
  dataPlane: `${PREFIX}/dataplane`,
  buildPlane: `${PREFIX}/build-plane`,
  name: `${PREFIX}/name`,
  type: `${PREFIX}/type`,
  managedBy: "managed-by",
} as const;

/** Labels of what the controller makes in data planes; the keys have no prefix. */
export const PLANE_LABELS = {
  organization: "organization-name",
  project: "project-name",
  environment: "environment-name",
  component: "component-name",
  componentType: "component-type",
  deploymentTrack: "deployment-track-name",
  deployment: "deployment-name",
  managedBy: "managed-by",
  belongTo: "belong-to",
} as const;

/** Values of `managed-by`. */
export const MANAGED_BY = {
  /** Namespaces of organizations. */
  control: "choreo-control-plane",
  /** Everything in data planes. */
  deployment: "choreo-deployment-controller",
  /** Everything in build planes. */
  build: "choreo-build-controller",
} as const;

export const USER_WORKLOADS = "user-workloads";

export const ANNOTATIONS = {
  displayName: `${PREFIX}/display-name`,
  description: `${PREFIX}/description`,
  /** On pod templates: a change of configuration restarts the pods. */
  configHash: `${PREFIX}/config-hash`,
  /** `"true"` gives up on what cannot be reached when the resource is deleted. */
  forceDelete: `${PREFIX}/force-delete`,
  /** On a Deployment: a dev session feeds its pods with saved files. Handed down to them in short. */
  devMode: `${PREFIX}/dev-mode`,
  /** On a Deployment: `"true"` while its pods serve saved files that no image has. */
  unbuilt: `${PREFIX}/unbuilt`,
} as const;

export const FINALIZERS = {
  Organization: `${PREFIX}/delete-namespace`,
  DataPlane: `${PREFIX}/dataplane-cleanup`,
  BuildPlane: `${PREFIX}/buildplane-cleanup`,
  Environment: `${PREFIX}/environment-cleanup`,
  Project: `${PREFIX}/project-cleanup`,
  Component: `${PREFIX}/component-cleanup`,
  DeploymentTrack: `${PREFIX}/deploymenttrack-cleanup`,
  Build: `${PREFIX}/build-cleanup`,
  DeployableArtifact: `${PREFIX}/deployableartifact-cleanup`,
  Deployment: `${PREFIX}/data-plane-cleanup`,
  Endpoint: `${PREFIX}/endpoint-deletion`,
} as const;

const { organization, project, component, deploymentTrack, environment, deployment, name } = LABELS;
const TRACK = [organization, project, component, deploymentTrack, name];

/** Labels without which a resource of the kind is not found by the others. */
export const REQUIRED_LABELS: Readonly<Record<string, readonly string[]>> = {
  Organization: [name],
  DataPlane: [organization, name],
  BuildPlane: [organization, name],
  Environment: [organization, name],
  DeploymentPipeline: [organization, name],
  Project: [organization, name],
  ConfigurationGroup: [organization, name],
  Component: [organization, project, name],
  DeploymentTrack: [organization, project, component, name],
  Build: TRACK,
  DeployableArtifact: TRACK,
  Deployment: [...TRACK, environment],
  Endpoint: [organization, project, component, deploymentTrack, environment, deployment],
};

import type { KubeObject } from "../k8s/types.ts";
import type { Kind } from "./kind.ts";
import type { build, deployableArtifact } from "./kinds/builds.ts";
import type { configurationGroup, deployment, endpoint } from "./kinds/deployments.ts";
import type { deploymentPipeline, environment } from "./kinds/environments.ts";
import type { organization } from "./kinds/organization.ts";
import type { buildPlane, dataPlane } from "./kinds/planes.ts";
import type { component, deploymentTrack, project } from "./kinds/projects.ts";

/** The TypeScript types of the kinds, taken from the same definitions as their CRDs. */
type ObjectOf<K> = K extends Kind<infer Spec, infer Status> ? KubeObject & { spec: Spec; status?: Status } : never;

export type Organization = ObjectOf<typeof organization>;
export type DataPlane = ObjectOf<typeof dataPlane>;
export type BuildPlane = ObjectOf<typeof buildPlane>;
export type Environment = ObjectOf<typeof environment>;
export type DeploymentPipeline = ObjectOf<typeof deploymentPipeline>;
export type Project = ObjectOf<typeof project>;
export type Component = ObjectOf<typeof component>;
export type DeploymentTrack = ObjectOf<typeof deploymentTrack>;
export type Build = ObjectOf<typeof build>;
export type DeployableArtifact = ObjectOf<typeof deployableArtifact>;
export type Deployment = ObjectOf<typeof deployment>;
export type Endpoint = ObjectOf<typeof endpoint>;
export type ConfigurationGroup = ObjectOf<typeof configurationGroup>;

/** How the image is run. */
export type Application = NonNullable<NonNullable<DeployableArtifact["spec"]["configuration"]>["application"]>;
export type EndpointTemplate = NonNullable<
  NonNullable<DeployableArtifact["spec"]["configuration"]>["endpointTemplates"]
>[number];

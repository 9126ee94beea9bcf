import type { KubeObject } from "../k8s/types.ts";
import { LABELS, REQUIRED_LABELS } from "../crds/labels.ts";
import type { Component, DeploymentPipeline, Environment, Organization, Project } from "../crds/types.ts";
import { compareAge, labelOf, nameOf } from "./hierarchy.ts";

/** Something that is wrong with an object although the API server takes it. */
export interface Problem {
  /** As a condition's reason. */
  readonly reason: string;
  readonly message: string;
}

/** The objects that a check compares with, as lists of all there are. */
export interface Neighbours {
  readonly organizations: readonly Organization[];
  /** Of the object's namespace, like the rest. */
  readonly pipelines: readonly DeploymentPipeline[];
  readonly projects: readonly Project[];
}

/** Component types that become a workload. */
export const SUPPORTED_COMPONENT_TYPES: readonly string[] = [
  "Service",
  "WebApplication",
  "ScheduledTask",
  "ManualTask",
];

/** What is wrong with a Project, the first cause first. Used by its reconciler and before an apply. */
export const validateProject = (project: Project, neighbours: Neighbours): Problem[] => {
  const missing = validateLabels(project);
  if (missing.length > 0) return missing;
  return [
    checkOrganization(project, neighbours),
    checkPipeline(project, neighbours),
    checkTwin(project, neighbours),
  ].filter((problem) => problem !== undefined);
};

/** Labels without which an object cannot be found by what belongs to it. */
export const validateLabels = (object: KubeObject): Problem[] =>
  (REQUIRED_LABELS[object.kind] ?? [])
    .filter((label) => labelOf(object, label) === undefined)
    .map((label) => ({ reason: "LabelMissing", message: `Label ${label} is not set` }));

/** Why a component cannot run, or undefined when its type is one that can. */
export const checkComponentType = (component: Component): Problem | undefined => {
  const { type } = component.spec;
  if (type !== undefined && SUPPORTED_COMPONENT_TYPES.includes(type)) return undefined;
  const supported = SUPPORTED_COMPONENT_TYPES.join(", ");
  const message = type === undefined ? "spec.type is not set" : `Components of type ${type} cannot be deployed yet`;
  return { reason: "UnsupportedComponentType", message: `${message}; supported: ${supported}` };
};

/** Environments that a pipeline names and that are not there, in the order of the pipeline. */
export const missingEnvironments = (pipeline: DeploymentPipeline, environments: readonly Environment[]): string[] => {
  const known = new Set(environments.flatMap((environment) => [nameOf(environment), environment.metadata.name]));
  const named = (pipeline.spec.promotionPaths ?? []).flatMap(({ sourceEnvironmentRef, targetEnvironmentRefs }) => [
    sourceEnvironmentRef,
    ...targetEnvironmentRefs.map(({ name }) => name),
  ]);
  return [...new Set(named)].filter((name) => !known.has(name));
};

const checkOrganization = (project: Project, { organizations }: Neighbours): Problem | undefined => {
  const name = labelOf(project, LABELS.organization);
  const found = organizations.filter((organization) => nameOf(organization) === name);
  const [organization] = found;
  if (organization === undefined) {
    return { reason: "OrganizationNotFound", message: `There is no Organization "${name}"` };
  }
  if (found.length > 1) {
    return { reason: "OrganizationAmbiguous", message: `${found.length} Organizations are named "${name}"` };
  }
  const namespace = organization.status?.namespace ?? organization.metadata.name;
  if (namespace === project.metadata.namespace) return undefined;
  const message = `The project is in namespace "${project.metadata.namespace}", its Organization "${name}" has "${namespace}"`;
  return { reason: "NamespaceMismatch", message };
};

const checkPipeline = (project: Project, { pipelines }: Neighbours): Problem | undefined => {
  const { deploymentPipelineRef: wanted } = project.spec;
  const found = pipelines.some((pipeline) => nameOf(pipeline) === wanted || pipeline.metadata.name === wanted);
  return found ? undefined : { reason: "PipelineNotFound", message: `There is no DeploymentPipeline "${wanted}"` };
};

/** Of two projects of one name the older one is valid. */
const checkTwin = (project: Project, { projects }: Neighbours): Problem | undefined => {
  const older = projects.find(
    (other) =>
      other.metadata.name !== project.metadata.name &&
      nameOf(other) === nameOf(project) &&
      labelOf(other, LABELS.organization) === labelOf(project, LABELS.organization) &&
      compareAge(other, project) < 0,
  );
  if (older === undefined) return undefined;
  return {
    reason: "NameTaken",
    message: `Project ${older.metadata.name} has the same name label "${nameOf(project)}"`,
  };
};

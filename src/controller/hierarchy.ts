import type { KubeObject } from "../k8s/types.ts";
import { LABELS } from "../crds/labels.ts";
import type { DataPlane, DeploymentPipeline, Environment, Project } from "../crds/types.ts";
import type { ChoreoKind, ChoreoTypes } from "./kinds.ts";
import type { ReconcileContext } from "./reconciler.ts";

/**
 * Something that has to exist first does not. Not a failure: the object waits, says so in a condition, and is woken by
 * the watches or by a slow retry.
 */
export class HierarchyMissing extends Error {
  override readonly name = "HierarchyMissing";
}

/** Kinds that other objects name by a label, from the top down. */
export type ParentKind = Extract<
  ChoreoKind,
  | "Organization"
  | "Project"
  | "Component"
  | "DeploymentTrack"
  | "Environment"
  | "Deployment"
  | "DeployableArtifact"
  | "Build"
>;

type Caches = Pick<ReconcileContext, "cache">;

interface ParentRule {
  /** Label of the child that holds the parent's name. */
  readonly label: string;
  /** Labels that child and parent have in common. */
  readonly path: readonly string[];
}

const ORGANIZATION = [LABELS.organization];
const PROJECT = [...ORGANIZATION, LABELS.project];
const COMPONENT = [...PROJECT, LABELS.component];
const TRACK = [...COMPONENT, LABELS.deploymentTrack];

const PARENTS: Readonly<Record<ParentKind, ParentRule>> = {
  Organization: { label: LABELS.organization, path: [] },
  Project: { label: LABELS.project, path: ORGANIZATION },
  Environment: { label: LABELS.environment, path: ORGANIZATION },
  Component: { label: LABELS.component, path: PROJECT },
  DeploymentTrack: { label: LABELS.deploymentTrack, path: COMPONENT },
  Deployment: { label: LABELS.deployment, path: TRACK },
  DeployableArtifact: { label: LABELS.deployableArtifact, path: TRACK },
  Build: { label: LABELS.build, path: TRACK },
};

/** A label of the object, or undefined. An empty label counts as none. */
export const labelOf = (object: KubeObject, label: string): string | undefined =>
  object.metadata.labels?.[label] || undefined;

/** The name by which other objects know this one: its name label, or its object name where that is missing. */
export const nameOf = (object: KubeObject): string => labelOf(object, LABELS.name) ?? object.metadata.name;

/** The parent of that kind, by the labels of the object; undefined when a label or the parent is missing. */
export const findParent = <K extends ParentKind>(
  context: Caches,
  object: KubeObject,
  kind: K,
): ChoreoTypes[K] | undefined => {
  const { label, path } = PARENTS[kind];
  const name = labelOf(object, label);
  const labels = labelsAlong(object, path);
  if (name === undefined || labels === undefined) return undefined;
  const namespace = kind === "Organization" ? undefined : object.metadata.namespace;
  return byName(context.cache<ChoreoTypes[K]>(kind).list({ namespace, labels, named: name }), name);
};

/** Whether the labels of an object name this parent. Cheap, and true for a namesake as well: `findParent` decides. */
export const namesParent = (object: KubeObject, parent: KubeObject, kind: ParentKind): boolean => {
  const name = labelOf(object, PARENTS[kind].label);
  return name === nameOf(parent) || name === parent.metadata.name;
};

/** Label selector of the objects that name this parent. */
export const selectorOfChildren = (parent: KubeObject, kind: ParentKind): string =>
  `${PARENTS[kind].label} in (${[...new Set([nameOf(parent), parent.metadata.name])].join(",")})`;

/** As `findParent`, but throws HierarchyMissing that says what is missing. */
export const requireParent = <K extends ParentKind>(context: Caches, object: KubeObject, kind: K): ChoreoTypes[K] => {
  const parent = findParent(context, object, kind);
  if (parent !== undefined) return parent;
  const { label, path } = PARENTS[kind];
  for (const needed of [...path, label]) {
    if (labelOf(object, needed) === undefined) throw new HierarchyMissing(`label ${needed} is not set`);
  }
  throw new HierarchyMissing(`there is no ${kind} "${labelOf(object, label)}"${within(object, path)}`);
};

/** Why an object is not in the namespace of the organization that it names; undefined when it is. */
export const foreignOrganization = (context: Caches, object: KubeObject): string | undefined => {
  const organization = findParent(context, object, "Organization");
  const { namespace } = object.metadata;
  if (organization === undefined || organization.metadata.name === namespace) return undefined;
  return `organization "${nameOf(organization)}" has the namespace ${organization.metadata.name}, this is in ${namespace}`;
};

/** All parents from the organization down to `kind`, or the first that is missing as HierarchyMissing. */
export const requireParents = (context: Caches, object: KubeObject, kinds: readonly ParentKind[]): void => {
  for (const kind of kinds) requireParent(context, object, kind);
};

/** An object of the same organization that is named in a spec: by its name label, else by its object name. */
export const findReference = <K extends ChoreoKind>(
  context: Caches,
  from: KubeObject,
  to: { readonly kind: K; readonly name: string | undefined },
): ChoreoTypes[K] | undefined => {
  const labels = labelsAlong(from, ORGANIZATION);
  if (to.name === undefined || labels === undefined) return undefined;
  return byName(
    context.cache<ChoreoTypes[K]>(to.kind).list({ namespace: from.metadata.namespace, labels, named: to.name }),
    to.name,
  );
};

/** The DataPlane that an Environment is placed on. */
export const findDataPlane = (context: Caches, environment: Environment): DataPlane | undefined =>
  findReference(context, environment, { kind: "DataPlane", name: specOf(environment).dataPlaneRef });

/** As `findDataPlane`, but throws HierarchyMissing. */
export const requireDataPlane = (context: Caches, environment: Environment): DataPlane => {
  const plane = findDataPlane(context, environment);
  if (plane !== undefined) return plane;
  const { dataPlaneRef } = specOf(environment);
  throw new HierarchyMissing(
    dataPlaneRef === undefined
      ? `Environment "${nameOf(environment)}" names no data plane`
      : `there is no DataPlane "${dataPlaneRef}"${within(environment, ORGANIZATION)}`,
  );
};

/** The definition lets an Environment be without one. */
const specOf = (environment: Environment): Partial<Environment["spec"]> =>
  (environment as Partial<Environment>).spec ?? {};

/** The DeploymentPipeline of a Project. */
export const findPipeline = (context: Caches, project: Project): DeploymentPipeline | undefined =>
  findReference(context, project, {
    kind: "DeploymentPipeline",
    name: project.spec.deploymentPipelineRef,
  });

/** Name labels win over object names, and of several the oldest wins: a later twin must not take children over. */
const byName = <T extends KubeObject>(candidates: readonly T[], name: string): T | undefined => {
  const byAge = [...candidates].sort(compareAge);
  return (
    byAge.find((candidate) => labelOf(candidate, LABELS.name) === name) ??
    byAge.find((candidate) => candidate.metadata.name === name)
  );
};

/** Older first; name and namespace decide between objects of the same second. */
export const compareAge = (a: KubeObject, b: KubeObject): number => {
  const [left, right] = [a, b].map(
    ({ metadata }) => `${metadata.creationTimestamp ?? "9999"} ${metadata.name} ${metadata.namespace ?? ""}`,
  );
  return left === right ? 0 : (left ?? "") < (right ?? "") ? -1 : 1;
};

const labelsAlong = (object: KubeObject, path: readonly string[]): Record<string, string> | undefined => {
  const labels: Record<string, string> = {};
  for (const label of path) {
    const value = labelOf(object, label);
    if (value === undefined) return undefined;
    labels[label] = value;
  }
  return labels;
};

const within = (object: KubeObject, path: readonly string[]): string => {
  const last = path.at(-1);
  return last === undefined ? "" : ` in ${last.split("/").at(-1)} "${labelOf(object, last)}"`;
};

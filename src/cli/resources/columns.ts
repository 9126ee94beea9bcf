import { LABELS } from "../../crds/labels.ts";
import type {
  Build,
  Component,
  ConfigurationGroup,
  DataPlane,
  DeployableArtifact,
  Deployment,
  DeploymentPipeline,
  DeploymentTrack,
  Endpoint,
  Environment,
  Project,
} from "../../crds/types.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { formatAge } from "../render/table.ts";
import { buildState } from "./build-state.ts";
import { stateOf } from "../../resources/state.ts";

/** A column of `get`: its heading and what it shows of an object. */
export type Column = readonly [heading: string, value: (object: KubeObject) => string];

const NONE = "-";

/** A value of a kind's own fields. The table below hands each kind only its own objects; their spec may be left out. */
const of =
  <T extends KubeObject>(value: (object: T) => string | number | boolean | undefined) =>
  (object: KubeObject): string =>
    String(value({ spec: {}, ...object } as KubeObject as T) ?? NONE);

const label =
  (name: string) =>
  (object: KubeObject): string =>
    object.metadata.labels?.[name] ?? NONE;

const name: Column = ["NAME", ({ metadata }) => metadata.name];
const status: Column = ["STATUS", (object) => stateOf(object).word];
const age: Column = ["AGE", ({ metadata }) => formatAge(metadata.creationTimestamp)];
const organization: Column = ["ORGANIZATION", label(LABELS.organization)];
const project: Column = ["PROJECT", label(LABELS.project)];
const component: Column = ["COMPONENT", label(LABELS.component)];
const environment: Column = ["ENVIRONMENT", label(LABELS.environment)];
const cluster: Column = ["CLUSTER", of<DataPlane>(({ spec }) => spec.kubernetesCluster?.name)];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Organization: [name, status, age],
  DataPlane: [name, cluster, status, age, organization],
  BuildPlane: [name, cluster, status, age, organization],
  Environment: [
    name,
    ["DATAPLANE", of<Environment>(({ spec }) => spec.dataPlaneRef)],
    ["PRODUCTION", of<Environment>(({ spec }) => spec.isProduction ?? false)],
    status,
    age,
    organization,
  ],
  DeploymentPipeline: [name, ["PROMOTION", of<DeploymentPipeline>(promotionOf)], status, age, organization],
  Project: [name, ["PIPELINE", of<Project>(({ spec }) => spec.deploymentPipelineRef)], status, age, organization],
  Component: [name, ["TYPE", of<Component>(({ spec }) => spec.type)], status, age, project, organization],
  DeploymentTrack: [
    name,
    ["AUTODEPLOY", of<DeploymentTrack>(({ spec }) => spec.autoDeploy ?? false)],
    status,
    age,
    component,
    project,
    organization,
  ],
  Build: [
    name,
    ["STATUS", of<Build>((build) => buildState(build).text)],
    ["TOOK", of<Build>(tookOf)],
    ["STEPS", of<Build>((build) => buildState(build).steps || undefined)],
    ["REVISION", of<Build>(({ spec }) => spec.gitRevision?.slice(0, 8) ?? spec.branch)],
    age,
    component,
    project,
    organization,
  ],
  DeployableArtifact: [name, ["FROM", of<DeployableArtifact>(originOf)], status, age, component, project, organization],
  // Their own names are made from all of these: nobody looks for them.
  Deployment: [
    component,
    environment,
    ["ARTIFACT", of<Deployment>(({ spec }) => spec.deploymentArtifactRef)],
    status,
    age,
    project,
    organization,
    name,
  ],
  Endpoint: [
    component,
    environment,
    ["TYPE", of<Endpoint>(({ spec }) => spec.type)],
    ["ADDRESS", of<Endpoint>(({ status }) => status?.address)],
    status,
    age,
    project,
    organization,
    name,
  ],
  ConfigurationGroup: [
    name,
    ["KEYS", of<ConfigurationGroup>(({ spec }) => spec.configurations?.length)],
    age,
    organization,
  ],
};

/** The columns of a kind. */
export const columnsOf = (kind: string): readonly Column[] => COLUMNS[kind] ?? [name, status, age];

function promotionOf({ spec }: DeploymentPipeline): string | undefined {
  const paths = (spec.promotionPaths ?? []).map(
    (path) => `${path.sourceEnvironmentRef} → ${path.targetEnvironmentRefs.map((target) => target.name).join(", ")}`,
  );
  return paths.length === 0 ? undefined : paths.join("; ");
}

function originOf({ spec }: DeployableArtifact): string | undefined {
  const { fromBuildRef, fromImageRef } = spec.targetArtifact ?? {};
  if (fromImageRef?.tag !== undefined) return `tag ${fromImageRef.tag}`;
  return fromBuildRef?.name === undefined ? undefined : `build ${fromBuildRef.name}`;
}

function tookOf(build: Build): string | undefined {
  const { ms } = buildState(build);
  return ms === undefined ? undefined : formatAge(new Date(0).toISOString(), ms);
}

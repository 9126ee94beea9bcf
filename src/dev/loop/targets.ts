import { findCondition } from "../../controller/conditions.ts";
import { compareAge, labelOf, nameOf } from "../../controller/hierarchy.ts";
import { CHOREO_API, LABELS } from "../../crds/labels.ts";
import type {
  Component,
  Deployment,
  DeploymentPipeline,
  DeploymentTrack,
  Environment,
  Project,
} from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { ChoreoError } from "../../lib/errors.ts";

/** A component whose folder is watched, and the Deployment that a change goes to. */
export interface DevTarget {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly component: Component;
  readonly track: DeploymentTrack;
  readonly environment: string;
  /** Undefined: it is not deployed there yet. */
  readonly deployment: Deployment | undefined;
  /** Name of the DataPlane of the environment. */
  readonly dataPlane: string;
}

export interface TargetsWanted {
  /** Names of components; none means all that have a folder. */
  readonly names: readonly string[];
  readonly organization: string | undefined;
  readonly project: string | undefined;
  /** Default: the first of the project's pipeline. */
  readonly environment: string | undefined;
}

/** Finds what is to be watched. Throws E_NOT_FOUND or E_SOURCE that names what is missing. */
export const findTargets = async (
  control: KubeClient,
  wanted: TargetsWanted,
  signal: AbortSignal,
): Promise<readonly DevTarget[]> => {
  const list = async <T extends KubeObject>(kind: string): Promise<T[]> =>
    (
      await control.list<T>({ apiVersion: CHOREO_API, kind }, { namespace: wanted.organization, signal })
    ).items.toSorted(compareAge);
  const [components, tracks, deployments, environments, projects, pipelines] = await Promise.all([
    list<Component>("Component"),
    list<DeploymentTrack>("DeploymentTrack"),
    list<Deployment>("Deployment"),
    list<Environment>("Environment"),
    list<Project>("Project"),
    list<DeploymentPipeline>("DeploymentPipeline"),
  ]);
  const inScope = components.filter(
    (component) => wanted.project === undefined || labelOf(component, LABELS.project) === wanted.project,
  );
  const chosen =
    wanted.names.length === 0 ? inScope.filter(folderOf) : wanted.names.map((name) => named(inScope, name));
  if (chosen.length === 0)
    throw new ChoreoError("E_NOT_FOUND", "No component has a source folder to watch", {
      fix: "set spec.source.local.path of a component, apply it, and try again",
    });
  return chosen.map((component) => {
    const folder = folderOf(component);
    if (folder === undefined)
      throw new ChoreoError("E_SOURCE", `Component ${nameOf(component)} has no source folder`, {
        fix: "set its spec.source.local.path and apply it",
      });
    const own = deployments.filter((one) => isOf(one, component));
    const environment =
      wanted.environment ??
      firstEnvironment(component, { projects, pipelines }) ??
      labelOf(own[0] ?? component, LABELS.environment);
    const place = environments.find(
      (one) => nameOf(one) === environment && one.metadata.namespace === component.metadata.namespace,
    );
    if (environment === undefined || place === undefined)
      throw new ChoreoError("E_NOT_FOUND", `There is no environment "${environment ?? ""}" for ${nameOf(component)}`, {
        fix: `add -e ENV: ${environments.map(nameOf).join(", ")}`,
      });
    const { dataPlaneRef } = place.spec;
    if (dataPlaneRef === undefined)
      throw new ChoreoError("E_NOT_FOUND", `Environment ${environment} is on no data plane`, {
        fix: "set its spec.dataPlaneRef",
      });
    const track = tracks.find((one) => isOf(one, component));
    if (track === undefined)
      throw new ChoreoError("E_NOT_FOUND", `${nameOf(component)} has no deployment track`, { fix: "apply one for it" });
    const deployment = own.find((one) => labelOf(one, LABELS.environment) === environment);
    return {
      name: nameOf(component),
      folder,
      component,
      track,
      environment,
      deployment,
      dataPlane: dataPlaneRef,
    };
  });
};

const folderOf = ({ spec }: Component): string | undefined => spec.source?.local?.path;

const named = (components: readonly Component[], name: string): Component => {
  const found = components.find((one) => nameOf(one) === name || one.metadata.name === name);
  if (found !== undefined) return found;
  const near = didYouMean(name, components.map(nameOf));
  throw new ChoreoError("E_NOT_FOUND", `There is no component "${name}"`, {
    ...(near === undefined ? {} : { why: `did you mean "${near}"?` }),
    fix: "choreo-dev get components lists them",
  });
};

const isOf = (child: KubeObject, component: Component): boolean =>
  child.metadata.namespace === component.metadata.namespace &&
  labelOf(child, LABELS.component) === nameOf(component) &&
  labelOf(child, LABELS.project) === labelOf(component, LABELS.project);

const firstEnvironment = (
  component: Component,
  { projects, pipelines }: { readonly projects: readonly Project[]; readonly pipelines: readonly DeploymentPipeline[] },
): string | undefined => {
  const sameNamespace = ({ metadata }: KubeObject): boolean => metadata.namespace === component.metadata.namespace;
  const project = projects.filter(sameNamespace).find((one) => nameOf(one) === labelOf(component, LABELS.project));
  const pipeline = pipelines.filter(sameNamespace).find((one) => nameOf(one) === project?.spec.deploymentPipelineRef);
  return pipeline?.spec.promotionPaths?.[0]?.sourceEnvironmentRef;
};

/** Whether what a Deployment says now is about what it is asked for now. */
export const isReady = (deployment: Deployment): boolean => {
  const ready = findCondition(deployment, "Ready");
  return ready?.status === "True" && ready.observedGeneration === deployment.metadata.generation;
};

import { dataPlaneNamespace } from "../../crds/names.ts";
import { LABELS, MANAGED_BY, PLANE_LABELS, USER_WORKLOADS } from "../../crds/labels.ts";
import type { Deployment, Endpoint } from "../../crds/types.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { HierarchyMissing, labelOf, nameOf } from "../hierarchy.ts";
import { type Key, keyOf, type ReconcileContext } from "../reconciler.ts";

/**
 * The place in the hierarchy that a workload fills, by the name labels of what is above it. It comes from the labels of
 * the resource alone, so it is known while parents are missing or already gone.
 */
export interface Slot {
  readonly organization: string;
  readonly project: string;
  readonly environment: string;
  readonly component: string;
  readonly track: string;
  /** Name label of the Deployment. */
  readonly deployment: string;
}

/** The slot of a Deployment. Throws HierarchyMissing that names the missing label. */
export const slotOfDeployment = (deployment: Deployment): Slot => slotBy(deployment, nameOf(deployment));

/** The slot of the Deployment that an Endpoint belongs to. Throws HierarchyMissing that names the missing label. */
export const slotOfEndpoint = (endpoint: Endpoint): Slot => slotBy(endpoint, require(endpoint, LABELS.deployment));

/** Namespace in the data plane. */
export const namespaceOf = ({ organization, project, environment }: Slot): string =>
  dataPlaneNamespace(organization, project, environment);

/** Labels of the namespace and of what all its components share. */
export const namespaceLabels = ({ organization, project, environment }: Slot): Record<string, string> => ({
  [PLANE_LABELS.organization]: organization,
  [PLANE_LABELS.project]: project,
  [PLANE_LABELS.environment]: environment,
  [PLANE_LABELS.managedBy]: MANAGED_BY.deployment,
  [PLANE_LABELS.belongTo]: USER_WORKLOADS,
});

/** Labels by which everything that belongs to the slot is found. */
export const slotLabels = (slot: Slot): Record<string, string> => ({
  ...namespaceLabels(slot),
  [PLANE_LABELS.component]: slot.component,
  [PLANE_LABELS.deploymentTrack]: slot.track,
  [PLANE_LABELS.deployment]: slot.deployment,
});

/** Labels of a workload and of its pods, and the selector of both: the slot and the component's type. */
export const workloadLabels = (slot: Slot, componentType: string): Record<string, string> => ({
  ...slotLabels(slot),
  [PLANE_LABELS.componentType]: componentType,
});

/** Labels as a selector of the API. */
export const selectorText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");

/** Selects everything that this controller made in a data plane. */
export const MANAGED: string = selectorText({ [PLANE_LABELS.managedBy]: MANAGED_BY.deployment });

/** The Deployments that an object of a data plane belongs to, by its labels. */
export const deploymentKeysOf = (object: KubeObject, { cache }: Pick<ReconcileContext, "cache">): Key[] => {
  const label = (name: string): string => object.metadata.labels?.[name] ?? "";
  const labels = {
    [LABELS.organization]: label(PLANE_LABELS.organization),
    [LABELS.project]: label(PLANE_LABELS.project),
    [LABELS.component]: label(PLANE_LABELS.component),
    [LABELS.deploymentTrack]: label(PLANE_LABELS.deploymentTrack),
    [LABELS.environment]: label(PLANE_LABELS.environment),
  };
  return cache<Deployment>("Deployment")
    .list({ labels })
    .filter((deployment) => nameOf(deployment) === label(PLANE_LABELS.deployment))
    .map(keyOf);
};

const slotBy = (object: KubeObject, deployment: string): Slot => ({
  organization: require(object, LABELS.organization),
  project: require(object, LABELS.project),
  environment: require(object, LABELS.environment),
  component: require(object, LABELS.component),
  track: require(object, LABELS.deploymentTrack),
  deployment,
});

const require = (object: KubeObject, label: string): string => {
  const value = labelOf(object, label);
  if (value === undefined) throw new HierarchyMissing(`label ${label} is not set`);
  return value;
};

import { dataPlaneNamespace } from "../../crds/names.ts";
import { LABELS, MANAGED_BY, PLANE_LABELS, REQUIRED_LABELS, USER_WORKLOADS } from "../../crds/labels.ts";
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

/** The slot of a Deployment or of an Endpoint; undefined when one of its labels is missing. */
export const findSlot = (object: Deployment | Endpoint): Slot | undefined => {
  const label = (name: string): string | undefined => labelOf(object, name);
  const organization = label(LABELS.organization);
  const project = label(LABELS.project);
  const environment = label(LABELS.environment);
  const component = label(LABELS.component);
  const track = label(LABELS.deploymentTrack);
  const deployment = object.kind === "Endpoint" ? label(LABELS.deployment) : nameOf(object);
  return organization && project && environment && component && track && deployment
    ? { organization, project, environment, component, track, deployment }
    : undefined;
};

/** As `findSlot`, but throws HierarchyMissing that names the missing label. */
export const requireSlot = (object: Deployment | Endpoint): Slot => {
  const slot = findSlot(object);
  if (slot !== undefined) return slot;
  const missing = (REQUIRED_LABELS[object.kind] ?? []).filter((label) => labelOf(object, label) === undefined);
  throw new HierarchyMissing(`label ${missing.join(", ")} is not set`);
};

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
  const { [LABELS.deployment]: name, ...labels } = deploymentLabelsOf(object);
  return cache<Deployment>("Deployment")
    .list({ labels })
    .filter((deployment) => nameOf(deployment) === name)
    .map(keyOf);
};

/** The labels in the control plane of what belongs to the Deployment that an object of a data plane was made for. */
export const deploymentLabelsOf = ({ metadata }: KubeObject): Record<string, string> => {
  const label = (name: string): string => metadata.labels?.[name] ?? "";
  return {
    [LABELS.organization]: label(PLANE_LABELS.organization),
    [LABELS.project]: label(PLANE_LABELS.project),
    [LABELS.component]: label(PLANE_LABELS.component),
    [LABELS.deploymentTrack]: label(PLANE_LABELS.deploymentTrack),
    [LABELS.environment]: label(PLANE_LABELS.environment),
    [LABELS.deployment]: label(PLANE_LABELS.deployment),
  };
};

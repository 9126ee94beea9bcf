import { labelOf, nameOf } from "../controller/hierarchy.ts";
import { LABELS, PLANE_LABELS } from "../crds/labels.ts";
import type { Deployment, Environment } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject, KubeObject } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import { listKind, scopeOf } from "./scope.ts";

/** The Deployments of a component, in whatever environment. */
export const deploymentsOf = async (
  control: KubeClient,
  component: KubeObject,
  signal: AbortSignal,
): Promise<Deployment[]> => {
  const found = await listKind(control, { kind: "Deployment" }, scopeOf(component), signal);
  return found as unknown as Deployment[];
};

/** The one of them that deploys a track to an environment; both by their names. */
export const deployedTo = (
  deployments: readonly Deployment[],
  { track, environment }: { readonly track: string; readonly environment: string },
): Deployment | undefined =>
  deployments.find(
    (one) => labelOf(one, LABELS.environment) === environment && labelOf(one, LABELS.deploymentTrack) === track,
  );

/** Name of the data plane on which an environment is placed. */
export const planeOf = async (
  control: KubeClient,
  component: AnyObject,
  name: string,
  signal: AbortSignal,
): Promise<string> => {
  const all = await listKind(control, { kind: "Environment" }, { organization: component.metadata.namespace }, signal);
  const found = all.find((object) => nameOf(object) === name) ?? all.find(({ metadata }) => metadata.name === name);
  const { dataPlaneRef } = ((found as Environment | undefined)?.spec ?? {}) as Partial<Environment["spec"]>;
  if (dataPlaneRef !== undefined) return dataPlaneRef;
  throw new ChoreoError(
    "E_NOT_FOUND",
    found === undefined ? `There is no environment "${name}"` : `Environment ${name} has no data plane`,
    {
      why: `organization ${component.metadata.namespace ?? "-"} has ${all.map(nameOf).join(", ") || "none"}`,
      fix: "choreo-dev get environments",
    },
  );
};

/** The pods of a component in an environment, oldest first. */
export const podsOf = async (
  client: KubeClient,
  component: AnyObject,
  environment: string,
  signal: AbortSignal,
): Promise<AnyObject[]> => {
  const labels: Readonly<Record<string, string | undefined>> = {
    [PLANE_LABELS.organization]: labelOf(component, LABELS.organization),
    [PLANE_LABELS.project]: labelOf(component, LABELS.project),
    [PLANE_LABELS.component]: nameOf(component),
    [PLANE_LABELS.environment]: environment,
  };
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value ?? ""}`)
    .join(",");
  const { items } = await client.list({ apiVersion: "v1", kind: "Pod" }, { labelSelector, signal });
  return items.sort((a, b) => (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? ""));
};

import type { DeployableArtifact, Deployment } from "../../crds/types.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { nameOf } from "../hierarchy.ts";
import { type Key, keyOf, type ReconcileContext, type Watch } from "../reconciler.ts";
import { wakeAll, wakeChildren, wakeFor } from "../watches.ts";
import { mergeApplication } from "./application.ts";
import { buildOf } from "./artifact.ts";
import { referencedGroups } from "./configuration.ts";
import { twinsOf } from "./inputs.ts";
import { wakeByPlane } from "./planes.ts";

type Context = Pick<ReconcileContext, "cache">;

/** Everything a Deployment is made from wakes it, so that resources may be applied in any order. */
export const deploymentWatches: readonly Watch[] = [
  {
    ...wakeFor("DeployableArtifact", ({ metadata }, context) =>
      deploymentsWhere(metadata.namespace, context, ({ spec }) => spec.deploymentArtifactRef === metadata.name),
    ),
    ignoreStatus: true,
  },
  wakeFor("Build", ({ metadata }, context) =>
    deploymentsWhere(metadata.namespace, context, (deployment) => {
      const artifact = artifactOf(deployment, context);
      return artifact !== undefined && buildOf(artifact) === metadata.name;
    }),
  ),
  wakeFor("ConfigurationGroup", (group, context) =>
    deploymentsWhere(group.metadata.namespace, context, (deployment) => usesGroup(deployment, group, context)),
  ),
  {
    ...wakeFor("Endpoint", ({ metadata }) =>
      (metadata.ownerReferences ?? []).map(({ name }) => ({ namespace: metadata.namespace, name })),
    ),
    ignoreStatus: true,
  },
  // The younger of two that want the same place gets it when the older is gone.
  { ...wakeFor("Deployment", (deployment, context) => twinsOf(deployment, context).map(keyOf)), ignoreStatus: true },
  wakeChildren("Project", "Deployment"),
  wakeChildren("Component", "Deployment"),
  wakeChildren("DeploymentTrack", "Deployment"),
  wakeChildren("Environment", "Deployment"),
  wakeAll("DeploymentPipeline", "Deployment"),
  wakeByPlane("Deployment"),
];

const deploymentsWhere = (
  namespace: string | undefined,
  { cache }: Context,
  matches: (deployment: Deployment) => boolean,
): Key[] => cache<Deployment>("Deployment").list({ namespace }).filter(matches).map(keyOf);

const artifactOf = (
  { metadata: { namespace }, spec }: Deployment,
  { cache }: Context,
): DeployableArtifact | undefined =>
  cache<DeployableArtifact>("DeployableArtifact").get({ namespace, name: spec.deploymentArtifactRef });

const usesGroup = (deployment: Deployment, group: KubeObject, context: Context): boolean => {
  const base = artifactOf(deployment, context)?.spec.configuration?.application;
  const application = mergeApplication(base, deployment.spec.configurationOverrides?.application);
  return referencedGroups(application).some((name) => name === nameOf(group) || name === group.metadata.name);
};

import { FINALIZERS } from "../../crds/labels.ts";
import type { DeployableArtifact, Deployment } from "../../crds/types.ts";
import { type Children, childrenOf, childrenWhere, deleteInPhases } from "../children.ts";
import { findParent, requireParents } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import type { Key, ReconcileContext, Reconciler } from "../reconciler.ts";
import { wakeChildren, wakeFor } from "../watches.ts";

/** Available when its track is there; takes the deployments that use it down with it. */
export const deployableArtifactReconciler: Reconciler = reconcilerOf({
  kind: "DeployableArtifact",
  watches: [
    wakeFor("Deployment", (deployment) => [artifactOf(deployment)]),
    wakeChildren("Project", "DeployableArtifact"),
    wakeChildren("Component", "DeployableArtifact"),
    wakeChildren("DeploymentTrack", "DeployableArtifact"),
  ],
  main: { type: "Available", reason: "DeployableArtifactAvailable", message: "The artifact can be deployed" },
  observe: async (artifact: DeployableArtifact, context) => {
    requireParents(context, artifact, ["Project", "Component", "DeploymentTrack"]);
    return {};
  },
  deletion: {
    finalizer: FINALIZERS.DeployableArtifact,
    condition: { type: "Finalizing", status: true, reason: "DeployableArtifactFinalizing" },
    finalize: (artifact, context) => deleteInPhases(context, [[deploymentsOf(artifact, context)]]),
  },
});

const artifactOf = ({ metadata: { namespace }, spec }: Deployment): Key => ({
  namespace,
  name: spec.deploymentArtifactRef,
});

/** Deployments of the same track that name the artifact; of any track where its own is gone already. */
const deploymentsOf = (artifact: DeployableArtifact, context: ReconcileContext): Children => {
  const { name, namespace } = artifact.metadata;
  const track = findParent(context, artifact, "DeploymentTrack");
  const inTrack = track && childrenOf(context, track, { parent: "DeploymentTrack", child: "Deployment" });
  return childrenWhere(
    "Deployment",
    namespace,
    (deployment) => deployment.spec.deploymentArtifactRef === name && (inTrack?.where(deployment) ?? true),
  );
};

import type { KubeObject } from "../../k8s/types.ts";
import { FINALIZERS } from "../../crds/labels.ts";
import { type Children, childrenOf, deleteInPhases } from "../children.ts";
import { requireParents } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import type { ReconcileContext, Reconciler } from "../reconciler.ts";
import { wakeChildren, wakeParent } from "../watches.ts";

/** Available when its component is there; takes deployments, artifacts and builds down with it, in that order. */
export const deploymentTrackReconciler: Reconciler = reconcilerOf({
  kind: "DeploymentTrack",
  watches: [
    wakeParent("Build", "DeploymentTrack"),
    wakeParent("DeployableArtifact", "DeploymentTrack"),
    wakeParent("Deployment", "DeploymentTrack"),
    wakeChildren("Project", "DeploymentTrack"),
    wakeChildren("Component", "DeploymentTrack"),
  ],
  main: { type: "Available", reason: "DeploymentTrackAvailable", message: "The track can be deployed from" },
  observe: async (track, context) => {
    requireParents(context, track, ["Project", "Component"]);
    return {};
  },
  deletion: {
    finalizer: FINALIZERS.DeploymentTrack,
    condition: { type: "Finalizing", status: true, reason: "DeploymentTrackFinalizing" },
    finalize: (track, context) => deleteInPhases(context, phases(track, context)),
  },
});

const phases = (track: KubeObject, context: ReconcileContext): Children[][] => {
  const children = (child: string): Children => childrenOf(context, track, { parent: "DeploymentTrack", child });
  const artifacts = children("DeployableArtifact");
  // An artifact that a build made goes with its build.
  const made = ({ metadata }: KubeObject): boolean =>
    metadata.ownerReferences?.some(({ kind }) => kind === "Build") ?? false;
  const byHand = { ...artifacts, where: (artifact: KubeObject) => !made(artifact) && artifacts.where(artifact) };
  return [[children("Deployment")], [byHand], [children("Build")]];
};

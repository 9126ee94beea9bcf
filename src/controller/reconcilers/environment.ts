import { FINALIZERS, LABELS, PLANE_LABELS } from "../../crds/labels.ts";
import type { DataPlane, Environment } from "../../crds/types.ts";
import { childrenOf, deleteInPhases } from "../children.ts";
import { isForced } from "../force-delete.ts";
import { findDataPlane, foreignOrganization, labelOf, nameOf, requireDataPlane } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import { deletePlaneNamespaces } from "../plane-namespaces.ts";
import type { ReconcileContext, Reconciler } from "../reconciler.ts";
import { hasTwin } from "../twins.ts";
import { wakeAll, wakeParent } from "../watches.ts";

/** Ready as soon as its data plane is registered; takes its deployments and its namespaces there down with it. */
export const environmentReconciler: Reconciler = reconcilerOf({
  kind: "Environment",
  watches: [wakeParent("Deployment", "Environment"), wakeAll("DataPlane", "Environment")],
  main: { type: "Ready", reason: "EnvironmentReady", message: "The environment is ready" },
  observe: async (environment: Environment, context) => {
    requireDataPlane(context, environment);
    return {};
  },
  deletion: {
    finalizer: FINALIZERS.Environment,
    condition: { type: "Ready", status: false, reason: "EnvironmentFinalizing" },
    finalize: (environment, context) => finalize(environment, context),
  },
});

const finalize = async (environment: Environment, context: ReconcileContext): Promise<string | undefined> => {
  const deployments = childrenOf(context, environment, { parent: "Environment", child: "Deployment" });
  const waitsFor = await deleteInPhases(context, [[deployments]]);
  if (waitsFor !== undefined || hasTwin(environment, context) || foreignOrganization(context, environment))
    return waitsFor;
  const { namespace } = environment.metadata;
  const plane = findDataPlane(context, environment);
  // A reference that leads nowhere may have led somewhere before.
  const planes = plane === undefined ? context.cache<DataPlane>("DataPlane").list({ namespace }) : [plane];
  return await deletePlaneNamespaces(context, planes, {
    labels: {
      [PLANE_LABELS.organization]: labelOf(environment, LABELS.organization) ?? namespace ?? "",
      [PLANE_LABELS.environment]: nameOf(environment),
    },
    forced: isForced(context, environment) || planes.some((one) => isForced(context, one)),
  });
};

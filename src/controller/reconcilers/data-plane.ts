import { FINALIZERS } from "../../crds/labels.ts";
import type { DataPlane, Environment } from "../../crds/types.ts";
import { childrenWhere, deleteInPhases } from "../children.ts";
import { findDataPlane } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import { keyOf, type Key, type ReconcileContext, type Reconciler } from "../reconciler.ts";
import { wakeFor } from "../watches.ts";
import { probePlane } from "./plane-probe.ts";

/** Keeps telling whether a data plane answers; takes its environments down with it. */
export const dataPlaneReconciler: Reconciler = reconcilerOf({
  kind: "DataPlane",
  watches: [wakeFor("Environment", (environment, context) => planeOf(environment, context))],
  main: { type: "Created", reason: "DataPlaneCreated", message: "The data plane is registered" },
  observe: (plane: DataPlane, context) => probePlane(plane, context),
  deletion: {
    finalizer: FINALIZERS.DataPlane,
    condition: { type: "Finalizing", status: true, reason: "DataplaneFinalizing" },
    finalize: (plane, context) => deleteEnvironments(plane, context),
  },
});

const planeOf = (environment: Environment, context: ReconcileContext): Key[] => {
  const plane = findDataPlane(context, environment);
  return plane === undefined ? [] : [keyOf(plane)];
};

const deleteEnvironments = async (plane: DataPlane, context: ReconcileContext): Promise<string | undefined> => {
  const { namespace, uid } = plane.metadata;
  const placedHere = (environment: Environment): boolean => findDataPlane(context, environment)?.metadata.uid === uid;
  return await deleteInPhases(context, [[childrenWhere("Environment", namespace, placedHere)]]);
};

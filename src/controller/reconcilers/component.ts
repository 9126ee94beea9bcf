import { FINALIZERS } from "../../crds/labels.ts";
import type { Component } from "../../crds/types.ts";
import { childrenOf, deleteInPhases } from "../children.ts";
import { requireParents } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import type { Reconciler } from "../reconciler.ts";
import { checkComponentType } from "../validation.ts";
import { wakeChildren, wakeParent } from "../watches.ts";

/** Says whether the type of a component is one that can run; takes its deployment tracks down with it. */
export const componentReconciler: Reconciler = reconcilerOf({
  kind: "Component",
  watches: [wakeParent("DeploymentTrack", "Component"), wakeChildren("Project", "Component")],
  main: { type: "Created", reason: "ComponentCreated", message: "The component is registered" },
  observe: async (component: Component, context) => {
    requireParents(context, component, ["Project"]);
    const problem = checkComponentType(component);
    const supported = {
      type: "TypeSupported",
      status: true,
      reason: "ComponentTypeSupported",
      message: "The type can be deployed",
    };
    return { statements: [problem === undefined ? supported : { ...supported, ...problem, status: false }] };
  },
  deletion: {
    finalizer: FINALIZERS.Component,
    condition: { type: "Finalizing", status: true, reason: "ComponentFinalizing" },
    finalize: (component, context) =>
      deleteInPhases(context, [[childrenOf(context, component, { parent: "Component", child: "DeploymentTrack" })]]),
  },
});

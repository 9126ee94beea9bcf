import { buildReconciler } from "./build/reconciler.ts";
import { deploymentReconciler } from "./deployment/reconciler.ts";
import { endpointReconciler } from "./endpoint/reconciler.ts";
import type { Reconciler } from "./reconciler.ts";
import { hierarchyReconcilers } from "./reconcilers/index.ts";

export { startController } from "./manager.ts";

/** One reconciler per kind that has one, from the top of the hierarchy down. */
export const allReconcilers = (): Reconciler[] => [
  ...hierarchyReconcilers,
  buildReconciler,
  deploymentReconciler,
  endpointReconciler,
];

import { DONE, type Reconciler } from "../reconciler.ts";
export const deploymentReconciler: Reconciler = { kind: "Deployment", watches: [], reconcile: () => Promise.resolve(DONE) };

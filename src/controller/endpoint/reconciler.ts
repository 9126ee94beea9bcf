import { DONE, type Reconciler } from "../reconciler.ts";
export const endpointReconciler: Reconciler = { kind: "Endpoint", watches: [], reconcile: () => Promise.resolve(DONE) };

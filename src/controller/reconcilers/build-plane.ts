import type { KubeObject } from "../../k8s/types.ts";
import { messageOf } from "../../lib/errors.ts";
import { FINALIZERS, LABELS } from "../../crds/labels.ts";
import type { BuildPlane } from "../../crds/types.ts";
import { ciNamespace } from "../../crds/names.ts";
import { findCondition, type Statement } from "../conditions.ts";
import { describeWait } from "../children.ts";
import { FORCE_HINT, isForced } from "../force-delete.ts";
import { labelOf } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import { keyOf, type Key, type ReconcileContext, type Reconciler } from "../reconciler.ts";
import { probePlane } from "./plane-probe.ts";

const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;
const CALL_TIMEOUT_MS = 5000;

/** Keeps telling whether a build plane answers and can run workflows; waits for running builds before it goes. */
export const buildPlaneReconciler: Reconciler = reconcilerOf({
  kind: "BuildPlane",
  watches: [{ kind: "Build", keys: (build, context) => planesOf(build, context) }],
  main: { type: "Created", reason: "BuildPlaneCreated", message: "The build plane is registered" },
  observe: (plane: BuildPlane, context) =>
    probePlane(plane, context, {
      whenReachable: async (call) => [argoReady(await context.planes.of(plane).hasKind(WORKFLOW, call))],
      whenNot: (message) => [{ type: "ArgoReady", status: "Unknown", reason: "ConnectionFailed", message }],
    }),
  deletion: {
    finalizer: FINALIZERS.BuildPlane,
    condition: { type: "Finalizing", status: true, reason: "BuildPlaneFinalizing" },
    finalize: (plane, context) => finalize(plane, context),
  },
});

const argoReady = (found: boolean): Statement => ({
  type: "ArgoReady",
  status: found,
  reason: found ? "WorkflowCRDFound" : "WorkflowCRDMissing",
  message: found
    ? "Workflows can be created"
    : "The cluster does not know workflows.argoproj.io; is Argo Workflows installed?",
});

const planesOf = ({ metadata }: KubeObject, context: ReconcileContext): Key[] =>
  context.cache("BuildPlane").list({ namespace: metadata.namespace }).map(keyOf);

const finalize = async (plane: BuildPlane, context: ReconcileContext): Promise<string | undefined> => {
  const forced = isForced(context, plane);
  const running = context.cache("Build").list({ namespace: plane.metadata.namespace }).filter(isRunning);
  if (running.length > 0 && !forced) return `${describeWait(running)} to end; ${FORCE_HINT}`;
  await deleteCiNamespace(plane, context);
  return undefined;
};

/** A build that was never started holds nothing in the plane. */
const isRunning = (build: KubeObject): boolean => findCondition(build, "Completed")?.reason === "BuildProgressing";

/** Best effort: a build plane that is gone for good must not keep its resource. */
const deleteCiNamespace = async (plane: BuildPlane, context: ReconcileContext): Promise<void> => {
  const name = ciNamespace(labelOf(plane, LABELS.organization) ?? plane.metadata.namespace ?? "");
  const call = { signal: context.signal, timeoutMs: CALL_TIMEOUT_MS };
  try {
    await context.planes.of(plane).delete({ apiVersion: "v1", kind: "Namespace", name }, call);
  } catch (error) {
    context.signal.throwIfAborted();
    const message = `Namespace ${name} was left behind: ${messageOf(error)}`;
    await context.event(plane, { type: "Warning", reason: "NamespaceLeftBehind", message });
  }
};

import type { DataPlane } from "../../crds/types.ts";
import { podProblem, readiness } from "../../k8s/readiness.ts";
import type { AnyObject, Condition, TypeRef } from "../../k8s/types.ts";
import type { Statement } from "../conditions.ts";
import { isDeleting } from "../finalizers.ts";
import type { Cache, ReconcileContext } from "../reconciler.ts";
import { deploymentKeysOf, MANAGED, namespaceOf, type Slot, slotLabels } from "./slot.ts";

const POD = { apiVersion: "v1", kind: "Pod" } as const;
const TEMPLATE_HASH = "pod-template-hash";

/** What is seen of the workloads of a data plane; undefined until its first lists are complete. */
export interface PlaneView {
  readonly workloads: Cache;
  readonly pods: Cache;
}

/** Watches the workloads of a kind and the pods of a data plane; changes wake the Deployments they belong to. */
export const viewPlane = (
  { cache, planes }: Pick<ReconcileContext, "cache" | "planes">,
  plane: DataPlane,
  { apiVersion, kind }: TypeRef,
): PlaneView | undefined => {
  const watch = (type: TypeRef): Cache | undefined =>
    planes.watch(plane, {
      type,
      labelSelector: MANAGED,
      requeue: { kind: "Deployment", keys: (object) => deploymentKeysOf(object, { cache }) },
    });
  const [workloads, pods] = [watch({ apiVersion, kind }), watch(POD)];
  return workloads === undefined || pods === undefined ? undefined : { workloads, pods };
};

/** Whether a workload, as the server has it, does its job, in the words of the Ready condition. */
export const readBack = (view: PlaneView, live: AnyObject, slot: Slot): Statement => {
  const pods = view.pods.list({ namespace: namespaceOf(slot), labels: slotLabels(slot) });
  const problem = problemOf(currentPods(pods, live)) ?? workloadProblem(live);
  if (problem !== undefined) return problem;
  if (live.kind === "CronJob") return ready("The schedule is in place");
  const state = readiness(live);
  if (state.ready) return ready("The workload is available");
  return notReady("DeploymentProgressing", silence(currentPods(pods, live)) ?? state.missing);
};

/** Pods of the newest template: those of an earlier one are on their way out. Of a task, those that have not ended. */
const currentPods = (pods: readonly AnyObject[], { kind }: AnyObject): AnyObject[] => {
  const alive = pods.filter((pod) => !isDeleting(pod));
  if (kind === "CronJob") {
    const ended = new Set(["Succeeded", "Failed"]);
    return alive.filter((pod) => !ended.has(String((pod["status"] as { phase?: string } | undefined)?.phase)));
  }
  const newest = alive.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1))[0];
  const hash = newest?.metadata.labels?.[TEMPLATE_HASH];
  return alive.filter((pod) => pod.metadata.labels?.[TEMPLATE_HASH] === hash);
};

const createdAt = ({ metadata }: AnyObject): string => metadata.creationTimestamp ?? "";

const problemOf = (pods: readonly AnyObject[]): Statement | undefined => {
  const found = pods.map((pod) => ({ pod, problem: podProblem(pod) })).find(({ problem }) => problem !== undefined);
  if (found?.problem === undefined) return undefined;
  const { reason, message } = found.problem;
  return notReady(reason === "" ? "PodFailed" : reason, `pod ${found.pod.metadata.name}: ${message}`);
};

interface PortProbe {
  readonly tcpSocket?: { readonly port?: number };
}

interface StartingPod {
  readonly spec?: {
    readonly containers?: readonly { readonly startupProbe?: PortProbe; readonly readinessProbe?: PortProbe }[];
  };
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly started?: boolean;
      readonly ready?: boolean;
      readonly state?: { readonly running?: unknown };
    }[];
  };
}

/** That a program runs and does not listen where its endpoint says: nothing else would ever tell. */
const silence = (pods: readonly AnyObject[]): string | undefined => {
  for (const pod of pods) {
    const { spec, status } = pod as StartingPod;
    const { startupProbe, readinessProbe } = spec?.containers?.[0] ?? {};
    const { started, ready: isReady, state } = status?.containerStatuses?.[0] ?? {};
    const failing = started === false ? startupProbe : isReady === false ? readinessProbe : undefined;
    const port = failing?.tcpSocket?.port;
    if (port !== undefined && state?.running !== undefined)
      return `pod ${pod.metadata.name} runs, but does not listen on port ${port} yet`;
  }
  return undefined;
};

/** What the data plane's own controllers say when they cannot go on. */
const workloadProblem = (live: AnyObject): Statement | undefined => {
  const conditions = (live["status"] as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
  const failure = conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  const stalled = conditions.find(({ type, status }) => type === "Progressing" && status === "False");
  const found = failure ?? stalled;
  return found === undefined ? undefined : notReady(found.reason, found.message);
};

const ready = (message: string): Statement => ({ type: "Ready", status: true, reason: "DeploymentReady", message });

const notReady = (reason: string, message: string): Statement => ({ type: "Ready", status: false, reason, message });

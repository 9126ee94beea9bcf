import type { AnyObject, Condition } from "./types.ts";

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly missing: string };

interface Fields {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown> & { conditions?: Condition[]; observedGeneration?: number };
}

const READY: Readiness = { ready: true };
const missing = (text: string): Readiness => ({ ready: false, missing: text });

/** Whether an object does what it is for, and what is missing otherwise. Kinds that are not known go by their conditions. */
export const readiness = (object: AnyObject): Readiness => {
  const { spec = {}, status } = object as AnyObject & Fields;
  const generation = object.metadata.generation ?? 0;
  const stale = status?.observedGeneration !== undefined && status.observedGeneration < generation;
  if (stale) return missing("its last change was not seen yet");
  switch (object.kind) {
    case "Deployment":
      return status?.observedGeneration === undefined
        ? missing("it was not seen yet")
        : replicas(Number(spec["replicas"] ?? 1), status, "updatedReplicas", "availableReplicas");
    case "StatefulSet":
      return replicas(Number(spec["replicas"] ?? 1), status ?? {}, "updatedReplicas", "readyReplicas");
    case "DaemonSet":
      return daemonSet(status);
    case "Job":
      return condition(status, "Complete");
    case "Pod":
      return status?.["phase"] === "Succeeded" ? READY : condition(status, "Ready");
    case "Namespace":
      return status?.["phase"] === "Active" ? READY : missing(`it is ${String(status?.["phase"] ?? "new")}`);
    case "CustomResourceDefinition":
      return condition(status, "Established");
    case "APIService":
      return condition(status, "Available");
    case "Gateway":
      return condition(status, "Programmed");
    case "GatewayClass":
      return condition(status, "Accepted");
    default:
      return generic(status);
  }
};

const replicas = (wanted: number, status: Record<string, unknown>, ...fields: string[]): Readiness => {
  const counts = fields.map((field) => Number(status[field] ?? 0));
  const least = Math.min(...counts);
  if (least < wanted) return missing(`${least} of ${wanted} pods are available`);
  // While a rollout replaces pods one by one, those that are available may all be of the version before.
  const old = Number(status["replicas"] ?? 0) - Number(status["updatedReplicas"] ?? 0);
  return old > 0 ? missing(`${old} pods of the version before are still there`) : READY;
};

const daemonSet = (status: Record<string, unknown> | undefined): Readiness => {
  const wanted = Number(status?.["desiredNumberScheduled"] ?? 0);
  if (wanted === 0) return missing("no pod is scheduled yet");
  return replicas(wanted, status ?? {}, "updatedNumberScheduled", "numberAvailable");
};

const condition = (status: Fields["status"], type: string): Readiness => {
  const found = status?.conditions?.find((one) => one.type === type);
  if (found?.status === "True") return READY;
  if (found === undefined) return missing(`it is not ${type} yet`);
  return missing(
    [found.reason, found.message].filter((text) => text !== undefined && text !== "").join(": ") || `it is not ${type}`,
  );
};

const generic = (status: Fields["status"]): Readiness => {
  for (const type of ["Ready", "Available", "Accepted"]) {
    if (status?.conditions?.some((one) => one.type === type) === true) return condition(status, type);
  }
  return READY;
};

export interface PodProblem {
  readonly reason: string;
  readonly message: string;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  terminated?: { reason?: string; message?: string; exitCode: number };
}

/** Reasons that a container waits for in a healthy start. */
const NORMAL = new Set(["ContainerCreating", "PodInitializing"]);

/** What is wrong with a pod, in words; undefined while it starts or runs as it should. */
export const podProblem = (pod: AnyObject): PodProblem | undefined => {
  const status = (pod as AnyObject & Fields).status ?? {};
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap(
    (field) => (status[field] ?? []) as ContainerStatus[],
  );
  for (const container of statuses) {
    const problem = containerProblem(container);
    if (problem !== undefined) return problem;
  }
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return { reason: scheduled.reason, message: scheduled.message };
  if (status["phase"] === "Failed")
    return { reason: String(status["reason"] ?? "Failed"), message: String(status["message"] ?? "the pod failed") };
  return undefined;
};

const containerProblem = ({ name, state, lastState, restartCount = 0 }: ContainerStatus): PodProblem | undefined => {
  const waiting = state?.waiting;
  if (waiting?.reason !== undefined && !NORMAL.has(waiting.reason)) {
    const last = lastState?.terminated;
    const exit =
      last === undefined
        ? ""
        : ` (container ${name} exited with ${last.exitCode}${last.message === undefined ? "" : `: ${last.message.trim()}`})`;
    return { reason: waiting.reason, message: `${waiting.message ?? waiting.reason}${exit}` };
  }
  const ended = state?.terminated;
  if (ended !== undefined && ended.exitCode !== 0) {
    const message = `container ${name} exited with ${ended.exitCode}${ended.message === undefined ? "" : `: ${ended.message.trim()}`}`;
    return { reason: restartCount > 0 ? "CrashLoopBackOff" : (ended.reason ?? "Error"), message };
  }
  return undefined;
};

import type { AnyObject, Condition } from "./types.ts";

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly missing: string };

type Status = Readonly<Record<string, unknown>> & {
  readonly conditions?: readonly Condition[];
  readonly observedGeneration?: number;
};

interface Fields {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Status;
}

const READY: Readiness = { ready: true };
const missing = (text: string): Readiness => ({ ready: false, missing: text });

/** Whether an object does what it is for, and what is missing otherwise. Kinds that are not known go by their conditions. */
export const readiness = (object: AnyObject): Readiness => {
  const { spec = {}, status = {} } = object as AnyObject & Fields;
  const generation = object.metadata.generation ?? 0;
  if (status.observedGeneration !== undefined && status.observedGeneration < generation)
    return missing("its last change was not seen yet");
  return (CHECKS[typeOf(object)] ?? generic)(status, spec);
};

type Check = (status: Status, spec: Readonly<Record<string, unknown>>) => Readiness;

/** `Kind.group`: other groups have kinds of the same names, ours among them. */
const typeOf = ({ apiVersion, kind }: AnyObject): string =>
  apiVersion.includes("/") ? `${kind}.${apiVersion.split("/")[0]}` : kind;

const conditionOf =
  (type: string): Check =>
  (status) =>
    condition(status.conditions, type);

const CHECKS: Readonly<Record<string, Check>> = {
  "Deployment.apps": (status, spec) =>
    status.observedGeneration === undefined
      ? missing("it was not seen yet")
      : replicas(Number(spec["replicas"] ?? 1), status, "updatedReplicas", "availableReplicas"),
  "StatefulSet.apps": (status, spec) =>
    replicas(Number(spec["replicas"] ?? 1), status, "updatedReplicas", "readyReplicas"),
  "DaemonSet.apps": (status) => daemonSet(status),
  "Job.batch": ({ conditions }) => job(conditions),
  Pod: (status) => (status["phase"] === "Succeeded" ? READY : condition(status.conditions, "Ready")),
  Namespace: ({ phase }) => (phase === "Active" ? READY : missing(`it is ${String(phase ?? "new")}`)),
  "CustomResourceDefinition.apiextensions.k8s.io": conditionOf("Established"),
  "APIService.apiregistration.k8s.io": conditionOf("Available"),
  "Gateway.gateway.networking.k8s.io": conditionOf("Programmed"),
  "GatewayClass.gateway.networking.k8s.io": conditionOf("Accepted"),
  "HTTPRoute.gateway.networking.k8s.io": (status) => route(status),
};

const replicas = (wanted: number, status: Status, ...fields: readonly string[]): Readiness => {
  const least = Math.min(...fields.map((field) => Number(status[field] ?? 0)));
  if (least < wanted) return missing(`${least} of ${wanted} pods are available`);
  // While a rollout replaces pods one by one, those that are available may all be of the version before.
  const old = Number(status["replicas"] ?? 0) - Number(status["updatedReplicas"] ?? 0);
  return old > 0 ? missing(`${old} pods of the version before are still there`) : READY;
};

const daemonSet = (status: Status): Readiness => {
  const wanted = Number(status["desiredNumberScheduled"] ?? 0);
  if (wanted === 0) return missing("no pod is scheduled yet");
  return replicas(wanted, status, "updatedNumberScheduled", "numberAvailable");
};

const job = (conditions: Status["conditions"]): Readiness => {
  const failed = conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  return failed === undefined ? condition(conditions, "Complete") : missing(`it failed: ${words(failed)}`);
};

/** Every gateway that a route names says for itself whether it takes it. */
const route = (status: Status): Readiness => {
  const parents = (status["parents"] ?? []) as readonly { readonly conditions?: readonly Condition[] }[];
  if (parents.length === 0) return missing("no gateway has looked at it yet");
  const states = parents.map(({ conditions }) => condition(conditions, "Accepted"));
  return states.find((state) => !state.ready) ?? READY;
};

const generic = ({ conditions }: Status): Readiness => {
  const type = ["Ready", "Available", "Accepted"].find((type) => conditions?.some((one) => one.type === type));
  return type === undefined ? READY : condition(conditions, type);
};

const condition = (conditions: Status["conditions"], type: string): Readiness => {
  const found = conditions?.find((one) => one.type === type);
  if (found?.status === "True") return READY;
  return missing((found === undefined ? "" : words(found)) || `it is not ${type} yet`);
};

const words = ({ reason = "", message = "" }: Partial<Condition>): string =>
  [reason, message].filter((text) => text !== "").join(": ");

export interface PodProblem {
  readonly reason: string;
  readonly message: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: Terminated;
}

interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
}

const CRASH_LOOP = "CrashLoopBackOff";
/** Reasons that a container waits for in a healthy start. */
const NORMAL: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing"]);

/** Whether a container that waits for this reason will not start: the kubelet gives it up, or tries for ever. */
export const isHopeless = (reason: string): boolean =>
  /ImagePullBackOff|ErrImagePull|InvalidImageName|CreateContainer(?:Config)?Error|RunContainerError/.test(reason);

/** What is wrong with a pod, in words; undefined while it starts or runs as it should. */
export const podProblem = (pod: AnyObject): PodProblem | undefined => {
  const { status = {} } = pod as AnyObject & Fields;
  const containers = (field: string): readonly ContainerStatus[] => (status[field] ?? []) as ContainerStatus[];
  const problem =
    firstProblem(containers("initContainerStatuses"), "init container") ??
    firstProblem(containers("containerStatuses"), "container");
  if (problem !== undefined) return problem;
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return { reason: scheduled.reason, message: scheduled.message };
  if (status["phase"] === "Failed")
    return { reason: String(status["reason"] ?? "Failed"), message: String(status["message"] ?? "the pod failed") };
  return undefined;
};

const firstProblem = (containers: readonly ContainerStatus[], role: string): PodProblem | undefined => {
  for (const container of containers) {
    const problem = containerProblem(container, `${role} ${container.name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const containerProblem = (
  { state, lastState, started, restartCount = 0 }: ContainerStatus,
  title: string,
): PodProblem | undefined => {
  const reason = state?.waiting?.reason;
  const last = lastState?.terminated;
  if (reason !== undefined && !NORMAL.has(reason)) {
    const { message = reason } = state?.waiting ?? {};
    if (last === undefined) return { reason, message };
    // The kubelet's words for a back-off name the pod twice, and change with each one.
    return { reason, message: reason === CRASH_LOOP ? exitOf(last, title) : `${message} (${exitOf(last, title)})` };
  }
  // Between two crashes a container runs for a moment: that is no news.
  const isTriedAgain = state?.running !== undefined && started === false && restartCount > 0;
  if (isTriedAgain && last !== undefined && last.exitCode !== 0)
    return { reason: CRASH_LOOP, message: exitOf(last, title) };
  const ended = state?.terminated;
  if (ended === undefined || ended.exitCode === 0) return undefined;
  return {
    reason: restartCount > 0 ? CRASH_LOOP : (ended.reason ?? "Error"),
    message: exitOf(ended, title),
  };
};

/** How a container ended, and below it what it said last. `Error` as a reason says no more than its exit code. */
const exitOf = ({ exitCode, reason = "Error", message = "" }: Terminated, title: string): string => {
  const why = reason === "Error" ? "" : ` (${reason})`;
  return `${title} exited with ${exitCode}${why}${message === "" ? "" : `:\n${message.trim()}`}`;
};

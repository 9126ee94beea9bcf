import { timestamp } from "../controllers/status.ts";
import type { ContainerRecord } from "./pod-context.ts";
import type { ContainerStatus, Pod, PodCondition, PodStatus } from "./types.ts";

/** Why a pod as a whole has failed. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
}

export interface StatusInput {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  readonly records: readonly ContainerRecord[];
  /** Volumes and address are there. */
  readonly prepared: boolean;
  readonly startedMs: number;
  readonly nowMs: number;
  /** Set when the pod as a whole has failed. */
  readonly failure: PodFailure | undefined;
  /** Nothing runs and nothing will. */
  readonly over: boolean;
}

/** The status that a pod has now; times of conditions that stay as they are stay, too. */
export const podStatus = (input: StatusInput): PodStatus => {
  const { pod, podIP, hostIP, records, startedMs, failure } = input;
  const before = pod.status ?? {};
  const phase = phaseOf(input);
  const main = records.filter(({ role }) => role === "main").map(containerStatus);
  const init = records.filter(({ role }) => role !== "main").map(containerStatus);
  const { generation } = pod.metadata;
  return {
    ...before,
    phase,
    conditions: conditionsOf(input, phase),
    ...(generation !== undefined && { observedGeneration: generation }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: before.startTime ?? timestamp(startedMs),
    containerStatuses: main,
    ...(init.length > 0 && { initContainerStatuses: init }),
    ...failure,
  };
};

const containerStatus = (record: ContainerRecord): ContainerStatus => ({
  name: record.container.name,
  image: record.container.image ?? "",
  imageID: record.imageID,
  ...(record.containerID !== undefined && { containerID: record.containerID }),
  ready: record.ready,
  started: record.started,
  restartCount: record.restarts,
  state: record.state,
  lastState: record.lastState,
});

const phaseOf = ({ records, over, failure }: StatusInput): string => {
  const main = records.filter(({ role }) => role === "main");
  const init = records.filter(({ role }) => role === "init");
  if (over) {
    const failed =
      failure !== undefined || [...main, ...init].some(({ state }) => (state.terminated?.exitCode ?? 0) !== 0);
    const unfinished = main.some(({ state }) => state.terminated === undefined);
    return failed || unfinished ? "Failed" : "Succeeded";
  }
  const initialized = records.every(isInitialized);
  const begun = main.some(
    ({ state, restarts }) => state.running !== undefined || state.terminated !== undefined || restarts > 0,
  );
  const allBegun = main.every(
    ({ state, lastState }) =>
      state.running !== undefined || state.terminated !== undefined || lastState.terminated !== undefined,
  );
  return initialized && begun && allBegun ? "Running" : "Pending";
};

/** Init containers have to be done, sidecars to be started. */
const isInitialized = ({ role, state, started, final }: ContainerRecord): boolean =>
  role === "main" || (role === "sidecar" ? started || final : final && state.terminated?.exitCode === 0);

const OWN = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"];

const conditionsOf = (input: StatusInput, phase: string): PodCondition[] => {
  const { pod, records, prepared, over, nowMs } = input;
  const before = pod.status?.conditions ?? [];
  const uninitialized = records.filter((record) => !isInitialized(record)).map(({ container }) => container.name);
  const unready = records.filter(({ role, ready }) => role !== "init" && !ready).map(({ container }) => container.name);
  const initialized: Fact =
    uninitialized.length === 0 || phase === "Succeeded"
      ? { status: true, ...(phase === "Succeeded" && { reason: "PodCompleted" }) }
      : {
          status: false,
          reason: "ContainersNotInitialized",
          message: `containers with incomplete status: [${uninitialized.join(" ")}]`,
        };
  const containers: Fact = over
    ? { status: false, reason: phase === "Succeeded" ? "PodCompleted" : "PodFailed" }
    : unready.length === 0
      ? { status: true }
      : {
          status: false,
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.join(" ")}]`,
        };
  const facts: Record<string, Fact> = {
    PodReadyToStartContainers: { status: prepared && !over },
    Initialized: initialized,
    Ready: containers.status ? gatesOf(pod) : containers,
    ContainersReady: containers,
  };
  const own = OWN.map((type) => condition(type, facts[type] ?? { status: false }, before, nowMs));
  const others = before.filter(({ type }) => !OWN.includes(type));
  const scheduled = others.some(({ type }) => type === "PodScheduled")
    ? []
    : [condition("PodScheduled", { status: true }, before, nowMs)];
  return [...own, ...others, ...scheduled];
};

interface Fact {
  readonly status: boolean;
  readonly reason?: string;
  readonly message?: string;
}

const gatesOf = (pod: Pod): Fact => {
  const closed = (pod.spec.readinessGates ?? []).filter(
    ({ conditionType }) => pod.status?.conditions?.find(({ type }) => type === conditionType)?.status !== "True",
  );
  if (closed.length === 0) return { status: true };
  const names = closed.map(({ conditionType }) => `"${conditionType}"`).join(", ");
  return {
    status: false,
    reason: "ReadinessGatesNotReady",
    message: `the status of pod readiness gate ${names} is not "True"`,
  };
};

const condition = (type: string, fact: Fact, before: readonly PodCondition[], nowMs: number): PodCondition => {
  const old = before.find((one) => one.type === type);
  const status = fact.status ? "True" : "False";
  return {
    type,
    status,
    ...(fact.reason !== undefined && { reason: fact.reason }),
    ...(fact.message !== undefined && { message: fact.message }),
    lastProbeTime: null,
    lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? null) : timestamp(nowMs),
  };
};

import type { Deployment, DeploymentStatus, ReplicaSet, StatusCondition } from "../kinds.ts";
import { conditionOf, timestamp, withoutCondition } from "../status.ts";
import { boundsOf, replicasOf, wantedPods } from "./bounds.ts";

/** The largest 32-bit integer: a deadline of so many seconds is none. */
const NO_DEADLINE = 2 ** 31 - 1;

export interface RolloutSets {
  /** The one of the current template, once it is there. */
  readonly newSet: ReplicaSet | undefined;
  /** With the new one. */
  readonly all: readonly ReplicaSet[];
}

/** The status of a deployment, with the conditions that it has to have however it is rolled out. */
export const statusOf = (deployment: Deployment, { newSet, all }: RolloutSets, nowMs: number): DeploymentStatus => {
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (count(set) ?? 0), 0);
  const available = sum(({ status }) => status?.availableReplicas);
  const enough = available >= replicasOf(deployment) - boundsOf(deployment).unavailable;
  return {
    ...deployment.status,
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(({ status }) => status?.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(({ status }) => status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedPods(all) - available),
    conditions: setCondition(
      deployment.status?.conditions ?? [],
      enough
        ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", nowMs)
        : condition(
            ...(["Available", "False", "MinimumReplicasUnavailable"] as const),
            ...(["Deployment does not have minimum availability.", nowMs] as const),
          ),
    ),
  };
};

/** Judges how the rollout goes: whether it is complete, gets on, or is stuck for too long. */
export const withProgress = (
  deployment: Deployment,
  sets: RolloutSets,
  status: DeploymentStatus,
  nowMs: number,
): DeploymentStatus => {
  const conditions = withFailure(progress(deployment, sets, status, nowMs), sets);
  return { ...status, conditions };
};

const progress = (
  deployment: Deployment,
  { newSet, all }: RolloutSets,
  status: DeploymentStatus,
  nowMs: number,
): readonly StatusCondition[] => {
  const conditions = status.conditions ?? [];
  if (deadlineMs(deployment) === undefined) return withoutCondition(conditions, "Progressing");
  const current = conditionOf(deployment.status?.conditions, "Progressing");
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === "NewReplicaSetAvailable";
  if (wasComplete) return conditions;
  const who =
    newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${who} has successfully progressed.`;
    return setCondition(conditions, condition("Progressing", "True", "NewReplicaSetAvailable", message, nowMs));
  }
  if (getsOn(deployment, status)) {
    const next = condition("Progressing", "True", "ReplicaSetUpdated", `${who} is progressing.`, nowMs);
    const since = current?.status === "True" ? current.lastTransitionTime : undefined;
    const kept = since === undefined ? next : { ...next, lastTransitionTime: since };
    return [...withoutCondition(conditions, "Progressing"), kept];
  }
  if (untilStuckMs(deployment, status, nowMs) !== 0 || all.length === 0) return conditions;
  const message = `${who} has timed out progressing.`;
  return setCondition(conditions, condition("Progressing", "False", "ProgressDeadlineExceeded", message, nowMs));
};

export const isComplete = (deployment: Deployment, status: DeploymentStatus): boolean => {
  const wanted = replicasOf(deployment);
  return (
    status.updatedReplicas === wanted &&
    status.replicas === wanted &&
    status.availableReplicas === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
};

const getsOn = ({ status: before = {} }: Deployment, after: DeploymentStatus): boolean => {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas;
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0) ||
    old(after) < old(before)
  );
};

/** How long, ms, until a rollout that does not get on is stuck: 0 when it is; undefined when it cannot be, or is known to be. */
export const untilStuckMs = (
  deployment: Deployment,
  { conditions }: DeploymentStatus,
  nowMs: number,
): number | undefined => {
  const limit = deadlineMs(deployment);
  const current = conditionOf(conditions, "Progressing");
  if (limit === undefined || current === undefined) return undefined;
  if (["NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused"].includes(current.reason ?? "")) {
    return undefined;
  }
  const since = Date.parse(current.lastUpdateTime ?? current.lastTransitionTime ?? "") || 0;
  return Math.max(0, since + limit - nowMs);
};

const deadlineMs = ({ spec }: Deployment): number | undefined =>
  spec.progressDeadlineSeconds === undefined || spec.progressDeadlineSeconds >= NO_DEADLINE
    ? undefined
    : spec.progressDeadlineSeconds * 1000;

/** A set that cannot make its pods says why; the newest one's word counts. */
const withFailure = (conditions: readonly StatusCondition[], { newSet, all }: RolloutSets): StatusCondition[] => {
  const failure = [newSet, ...all]
    .map((set) => conditionOf(set?.status?.conditions, "ReplicaFailure"))
    .find((found) => found !== undefined);
  if (failure === undefined) return withoutCondition(conditions, "ReplicaFailure");
  const { lastTransitionTime } = failure;
  return setCondition(conditions, {
    ...failure,
    ...(typeof lastTransitionTime === "string" ? { lastUpdateTime: lastTransitionTime } : {}),
  });
};

export const condition = (
  type: string,
  status: StatusCondition["status"],
  reason: string,
  message: string,
  nowMs: number,
): StatusCondition => {
  const now = timestamp(nowMs);
  return { type, status, reason, message, lastUpdateTime: now, lastTransitionTime: now };
};

/** Puts a condition in place of the one of its type; one that says nothing new changes nothing. */
export const setCondition = (conditions: readonly StatusCondition[], next: StatusCondition): StatusCondition[] => {
  const current = conditionOf(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) return [...conditions];
  const since = current?.status === next.status ? current.lastTransitionTime : next.lastTransitionTime;
  return [
    ...withoutCondition(conditions, next.type),
    since === undefined ? next : { ...next, lastTransitionTime: since },
  ];
};

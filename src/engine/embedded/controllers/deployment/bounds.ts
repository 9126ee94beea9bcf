import type { Deployment, ReplicaSet } from "../kinds.ts";

/** How many pods a deployment may have above, and lack below, what it asks for. */
export interface Bounds {
  readonly surge: number;
  readonly unavailable: number;
}

export const replicasOf = ({ spec }: Deployment | ReplicaSet): number => spec.replicas ?? 1;

export const isRolling = ({ spec }: Deployment): boolean =>
  (spec.strategy?.type ?? "RollingUpdate") === "RollingUpdate";

/** Surge is rounded up, unavailability down; where both come to nothing one pod may be missing, or nothing would move. */
export const boundsOf = (deployment: Deployment): Bounds => {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = absolute(maxSurge, replicas, Math.ceil);
  const unavailable = Math.min(replicas, absolute(maxUnavailable, replicas, Math.floor));
  return surge === 0 && unavailable === 0 ? { surge, unavailable: Math.min(1, replicas) } : { surge, unavailable };
};

const absolute = (value: number | string, total: number, round: (value: number) => number): number =>
  typeof value === "number" ? value : round((Number.parseInt(value, 10) * total) / 100);

/** Pods that sets are to have. */
export const wantedPods = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + replicasOf(set), 0);

/** Pods that sets have or are about to have: a set that was told to shrink may not have begun. */
export const presentPods = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + Math.max(replicasOf(set), set.status?.replicas ?? 0), 0);

/** Pods of a set that are available and stay. */
export const lastingPods = (set: ReplicaSet): number => Math.min(set.status?.availableReplicas ?? 0, replicasOf(set));

/** What the new set is to have now. */
export const nextNewReplicas = (deployment: Deployment, all: readonly ReplicaSet[], newReplicas: number): number => {
  const wanted = replicasOf(deployment);
  if (!isRolling(deployment) || newReplicas >= wanted) return wanted;
  const room = wanted + boundsOf(deployment).surge - presentPods(all);
  return room <= 0 ? newReplicas : Math.min(wanted, newReplicas + room);
};

export interface Shrink {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/** How far the old sets may shrink now: what is broken goes first, what works only as far as enough others are available. */
export const shrinkOld = (deployment: Deployment, newSet: ReplicaSet, old: readonly ReplicaSet[]): Shrink[] => {
  const all = [...old, newSet];
  const minimum = replicasOf(deployment) - boundsOf(deployment).unavailable;
  const missingInNew = replicasOf(newSet) - lastingPods(newSet);
  let allowed = wantedPods(all) - minimum - missingInNew;
  const replicas = new Map(old.map((set) => [set, replicasOf(set)]));
  const take = (set: ReplicaSet, wanted: number): number => {
    const count = Math.max(0, Math.min(wanted, allowed, replicas.get(set) ?? 0));
    replicas.set(set, (replicas.get(set) ?? 0) - count);
    allowed -= count;
    return count;
  };
  const byAge = old.toSorted((a, b) => ageOf(a) - ageOf(b));
  for (const set of byAge) take(set, replicasOf(set) - lastingPods(set));
  let spare = all.reduce((sum, set) => sum + lastingPods(set), 0) - minimum;
  for (const set of byAge) if (spare > 0) spare -= take(set, spare);
  return byAge
    .map((set) => ({ set, replicas: replicas.get(set) ?? 0 }))
    .filter((shrink) => shrink.replicas !== replicasOf(shrink.set));
};

const ageOf = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

import type { Deployment, ReplicaSet } from "../kinds.ts";
import { boundsOf, replicasOf, wantedPods } from "./bounds.ts";
import { MAX_REPLICAS } from "./annotations.ts";

export interface Share {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/**
 * Spreads a change of a deployment's size over its sets, in the middle of a rollout: each gets a part that fits its size,
 * and the largest what rounding leaves.
 */
export const shareOut = (deployment: Deployment, sets: readonly ReplicaSet[]): Share[] => {
  const wanted = replicasOf(deployment);
  const most = wanted === 0 ? 0 : wanted + boundsOf(deployment).surge;
  const change = most - wantedPods(sets);
  const growing = change > 0;
  // The newer of two equals grows first and the older shrinks first.
  const sorted = sets.toSorted((a, b) => replicasOf(b) - replicasOf(a) || (growing ? -1 : 1) * (ageOf(a) - ageOf(b)));
  let given = 0;
  const shares = sorted.map((set) => {
    const part = change === 0 ? 0 : bounded(fraction(set, wanted, most), change - given);
    given += part;
    return { set, replicas: replicasOf(set) + part };
  });
  const [first, ...others] = shares;
  if (first === undefined) return [];
  return [{ set: first.set, replicas: Math.max(0, first.replicas + change - given) }, ...others];
};

/** What a set would gain, or lose, if it kept its part of the whole. */
const fraction = (set: ReplicaSet, wanted: number, most: number): number => {
  if (wanted === 0) return -replicasOf(set);
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? most) || most;
  return Math.round((replicasOf(set) * most) / before) - replicasOf(set);
};

const bounded = (part: number, left: number): number =>
  left > 0 ? Math.max(0, Math.min(part, left)) : Math.min(0, Math.max(part, left));

const ageOf = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

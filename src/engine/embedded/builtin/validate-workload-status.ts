import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { invalidValue } from "../schema/cause.ts";
import { inner, number } from "./fields-of.ts";
import { notNegative } from "./validate-values.ts";

type Check = (object: AnyObject, old: AnyObject) => StatusCause[];

/** Counts of which one part cannot be more than the whole, and what else may not be negative. */
interface Counts {
  readonly counts: readonly string[];
  /** Parts of `replicas`. */
  readonly parts?: readonly string[];
  /** How Kubernetes calls the pods of which the available ones are a part. */
  readonly ready?: string;
}

const statusCheck =
  ({ counts, parts = [], ready }: Counts): Check =>
  (object, old) => {
    const [status, before] = [inner(object, "status") ?? {}, inner(old, "status") ?? {}];
    const all = number(status, "replicas");
    const available = number(status, "availableReplicas");
    const collisions = number(status, "collisionCount");
    return [
      ...notNegative(status, "status", [...counts, "collisionCount"]),
      ...parts.flatMap((name) =>
        number(status, name) > all
          ? [invalidValue(`status.${name}`, number(status, name), "cannot be greater than status.replicas")]
          : [],
      ),
      ...(ready !== undefined && available > number(status, "readyReplicas")
        ? [invalidValue("status.availableReplicas", available, `cannot be greater than ${ready}`)]
        : []),
      ...(collisions < number(before, "collisionCount")
        ? [invalidValue("status.collisionCount", collisions, "cannot be decremented")]
        : []),
    ];
  };

export const validateDeploymentStatus = statusCheck({
  counts: [
    ...["observedGeneration", "replicas", "updatedReplicas", "readyReplicas"],
    ...["availableReplicas", "unavailableReplicas"],
  ],
  parts: ["updatedReplicas", "readyReplicas", "availableReplicas"],
  ready: "readyReplicas",
});

/** Also that of ReplicationControllers. */
export const validateReplicaSetStatus = statusCheck({
  counts: ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"],
  parts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  ready: "readyReplicas",
});

export const validateStatefulSetStatus = statusCheck({
  counts: [
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
  ],
  parts: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
  ready: "status.readyReplicas",
});

export const validateDaemonSetStatus = statusCheck({
  counts: [
    ...["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"],
    ...["observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable"],
  ],
});

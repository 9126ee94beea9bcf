import { messageOf } from "../../../lib/errors.ts";
import type { KubeObject } from "../../../k8s/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { RecordEvent } from "./events.ts";
import { type Expectations, createExpectations } from "./expectations.ts";
import type { SharedInformer } from "./informers.ts";
import { POD, type Pod, REPLICA_SET, type ReplicaSet, type StatusCondition } from "./kinds.ts";
import { type Loop, createLoop } from "./loop.ts";
import { claim, controllerOf, controllerReference, isDeleting, keyOf, splitKey, uidOf } from "./owners.ts";
import {
  deletePod,
  inDeletionOrder,
  inGrowingGroups,
  isActive,
  isNamespaceGoing,
  isReady,
  podFromTemplate,
  untilAvailableMs,
} from "./pods.ts";
import { matchesLabels, matchesSelector } from "./selector.ts";
import { conditionOf, timestamp, withoutCondition, writeStatus } from "./status.ts";

/** So many at once at most, so that one set does not hold up the others. */
const BURST = 500;

interface Sets {
  readonly context: ControllerContext;
  readonly sets: SharedInformer<ReplicaSet>;
  readonly pods: SharedInformer<Pod>;
  readonly expectations: Expectations;
  readonly record: RecordEvent;
}

/** Keeps as many pods of each ReplicaSet as it asks for. */
export const createReplicaSetController = (context: ControllerContext): Controller => {
  const { informers, events } = context;
  const name = "replicaset-controller";
  const world: Sets = {
    context,
    sets: informers.of<ReplicaSet>(REPLICA_SET),
    pods: informers.of<Pod>(POD),
    expectations: createExpectations(),
    record: events.from(name),
  };
  const loop = createLoop({ ...context, name, workers: 8, reconcile: (key) => reconcile(world, key) });
  world.sets.subscribe((before, after) => {
    const set = after ?? before;
    if (set !== undefined) loop.add(keyOf(set));
  });
  world.pods.subscribe((before, after) => onPod(world, loop, before, after));
  return { name, run: () => loop.run() };
};

const onPod = ({ sets, expectations }: Sets, loop: Loop, before: Pod | undefined, after: Pod | undefined): void => {
  const pod = after ?? before;
  if (pod === undefined) return;
  expectations.seen(uidOf(pod), after === undefined || isDeleting(after));
  for (const key of new Set([setKeyOf(before), setKeyOf(after)])) if (key !== undefined) loop.add(key);
  if (after === undefined || controllerOf(after) !== undefined) return;
  for (const set of sets.inNamespace(after.metadata.namespace ?? "")) {
    if (matchesSelector(set.spec.selector, after.metadata.labels)) loop.add(keyOf(set));
  }
};

const setKeyOf = (pod: Pod | undefined): string | undefined => {
  const owner = pod === undefined ? undefined : controllerOf(pod);
  return owner?.kind === "ReplicaSet" ? `${pod?.metadata.namespace ?? ""}/${owner.name}` : undefined;
};

const reconcile = async (world: Sets, key: string): Promise<number | undefined> => {
  const { namespace, name } = splitKey(key);
  const set = world.sets.get(namespace, name);
  if (set === undefined) {
    world.expectations.forget(key);
    return undefined;
  }
  // What was done is not all seen yet: whatever is seen next brings us back.
  if (!world.expectations.satisfied(key)) return undefined;
  const claimed = await claim<Pod>({
    client: world.context.client,
    owner: set,
    selector: set.spec.selector,
    owned: world.pods.controlledBy(uidOf(set)),
    orphans: world.pods.orphansIn(namespace),
  });
  const pods = claimed.filter(isActive);
  const failure = isDeleting(set) ? undefined : await scale(world, key, set, pods);
  const againMs = await report(world, set, pods, failure);
  if (failure !== undefined && !isNamespaceGoing(failure)) throw failure;
  return againMs;
};

/** Creates or deletes what is missing or too much; returns what went wrong. */
const scale = async (world: Sets, key: string, set: ReplicaSet, pods: readonly Pod[]): Promise<unknown> => {
  const surplus = pods.length - (set.spec.replicas ?? 1);
  try {
    if (surplus < 0) await inGrowingGroups(Math.min(BURST, -surplus), () => createPod(world, key, set));
    const victims = surplus > 0 ? inDeletionOrder(pods).slice(0, Math.min(BURST, surplus)) : [];
    const results = await Promise.allSettled(victims.map((pod) => removePod(world, key, set, pod)));
    return results.find((result) => result.status === "rejected")?.reason;
  } catch (error) {
    return error;
  }
};

const createPod = async (
  { context, pods, expectations, record }: Sets,
  key: string,
  set: ReplicaSet,
): Promise<void> => {
  try {
    const pod = await context.client.create(podFromTemplate(set.spec.template, set, controllerReference(set)));
    const { name, namespace } = pod.metadata;
    expectations.created(key, uidOf(pod), isSeen(pods.get(namespace, name), pod));
    record(set, "Normal", "SuccessfulCreate", `Created pod: ${name}`);
  } catch (error) {
    if (!isNamespaceGoing(error)) record(set, "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
    throw error;
  }
};

const isSeen = (seen: KubeObject | undefined, made: KubeObject): boolean => seen?.metadata.uid === made.metadata.uid;

const removePod = async (
  { context, expectations, record }: Sets,
  key: string,
  set: ReplicaSet,
  pod: Pod,
): Promise<void> => {
  const { name } = pod.metadata;
  try {
    if (await deletePod(context.client, expectations, key, pod)) {
      record(set, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
    }
  } catch (error) {
    record(set, "Warning", "FailedDelete", `Error deleting pod ${name}: ${messageOf(error)}`);
    throw error;
  }
};

/** Writes the status; returns when a pod that is ready will be available, ms. */
const report = async (
  { context }: Sets,
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: unknown,
): Promise<number | undefined> => {
  const { client, clock } = context;
  const waits = pods.map((pod) => untilAvailableMs(pod, set.spec.minReadySeconds ?? 0, clock.now()));
  const count = (matches: (pod: Pod) => boolean): number | undefined => pods.filter(matches).length || undefined;
  await writeStatus(client, set, {
    ...set.status,
    replicas: pods.length,
    fullyLabeledReplicas: count(({ metadata }) => matchesLabels(set.spec.template.metadata?.labels, metadata.labels)),
    readyReplicas: count(isReady),
    availableReplicas: waits.filter((wait) => wait === 0).length || undefined,
    observedGeneration: set.metadata.generation,
    conditions: failureConditions(set, failure, pods.length, clock.now()),
  });
  const pending = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return pending.length === 0 ? undefined : Math.min(...pending);
};

const failureConditions = (
  { spec, status }: ReplicaSet,
  failure: unknown,
  found: number,
  nowMs: number,
): readonly StatusCondition[] | undefined => {
  const before = status?.conditions;
  if (failure === undefined) {
    return before === undefined ? undefined : withoutCondition(before, "ReplicaFailure");
  }
  if (conditionOf(before, "ReplicaFailure") !== undefined) return before;
  const reason = found < (spec.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  const failed: StatusCondition = {
    type: "ReplicaFailure",
    status: "True",
    reason,
    message: messageOf(failure),
    lastTransitionTime: timestamp(nowMs),
  };
  return [...(before ?? []), failed];
};

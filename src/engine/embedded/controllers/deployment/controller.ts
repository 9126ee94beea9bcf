import type { Controller, ControllerContext } from "../context.ts";
import type { RecordEvent } from "../events.ts";
import type { SharedInformer } from "../informers.ts";
import { DEPLOYMENT, type Deployment, POD, type Pod, REPLICA_SET, type ReplicaSet } from "../kinds.ts";
import { type Loop, createLoop } from "../loop.ts";
import { claim, controllerOf, keyOf, splitKey, uidOf } from "../owners.ts";
import { matchesSelector } from "../selector.ts";
import { conditionOf, withoutCondition, writeStatus } from "../status.ts";
import { condition } from "./conditions.ts";
import { isRolling } from "./bounds.ts";
import { findNewSet } from "./new-set.ts";
import { step } from "./rollout.ts";

interface Deployments {
  readonly context: ControllerContext;
  readonly deployments: SharedInformer<Deployment>;
  readonly sets: SharedInformer<ReplicaSet>;
  readonly pods: SharedInformer<Pod>;
  readonly record: RecordEvent;
}

/** Rolls out the template of each Deployment through its ReplicaSets. */
export const createDeploymentController = (context: ControllerContext): Controller => {
  const { informers, events } = context;
  const name = "deployment-controller";
  const world: Deployments = {
    context,
    deployments: informers.of<Deployment>(DEPLOYMENT),
    sets: informers.of<ReplicaSet>(REPLICA_SET),
    pods: informers.of<Pod>(POD),
    record: events.from(name),
  };
  const loop = createLoop({ ...context, name, workers: 8, reconcile: (key) => reconcile(world, key) });
  world.deployments.subscribe((before, after) => {
    const deployment = after ?? before;
    if (deployment !== undefined) loop.add(keyOf(deployment));
  });
  world.sets.subscribe((before, after) => onSet(world, loop, before, after));
  world.pods.subscribe((before, after) => {
    if (before !== undefined && after === undefined) onPodGone(world, loop, before);
  });
  return { name, run: () => loop.run() };
};

const onSet = (
  { deployments }: Deployments,
  loop: Loop,
  before: ReplicaSet | undefined,
  after: ReplicaSet | undefined,
): void => {
  for (const key of new Set([ownerKey(before), ownerKey(after)])) if (key !== undefined) loop.add(key);
  if (after === undefined || controllerOf(after) !== undefined) return;
  for (const deployment of deployments.inNamespace(after.metadata.namespace ?? "")) {
    if (matchesSelector(deployment.spec.selector, after.metadata.labels)) loop.add(keyOf(deployment));
  }
};

const ownerKey = (set: ReplicaSet | undefined): string | undefined => {
  const owner = set === undefined ? undefined : controllerOf(set);
  return owner?.kind === "Deployment" ? `${set?.metadata.namespace ?? ""}/${owner.name}` : undefined;
};

/** A deployment that is made anew waits for the last of its old pods. */
const onPodGone = ({ sets, deployments }: Deployments, loop: Loop, pod: Pod): void => {
  const owner = controllerOf(pod);
  const namespace = pod.metadata.namespace ?? "";
  const key = owner?.kind === "ReplicaSet" ? ownerKey(sets.get(namespace, owner.name)) : undefined;
  if (key === undefined) return;
  const deployment = deployments.get(namespace, splitKey(key).name);
  if (deployment !== undefined && !isRolling(deployment)) loop.add(key);
};

const reconcile = async (world: Deployments, key: string): Promise<number | undefined> => {
  const { context, deployments, sets, pods, record } = world;
  const { namespace, name } = splitKey(key);
  const found = deployments.get(namespace, name);
  if (found === undefined) return undefined;
  const claimed = await claim<ReplicaSet>({
    client: context.client,
    owner: found,
    selector: found.spec.selector,
    owned: sets.controlledBy(uidOf(found)),
    orphans: sets.orphansIn(namespace),
  });
  const deployment = await notePause(context, found);
  const newSet = findNewSet(deployment, claimed);
  const old = claimed.filter((set) => set !== newSet);
  return step({ context, record, pods, deployment, newSet, old });
};

/** A rollout that stands still because somebody wants it to is not late, and its time starts anew when it goes on. */
const notePause = async ({ client, clock }: ControllerContext, deployment: Deployment): Promise<Deployment> => {
  const { spec, status } = deployment;
  if (spec.progressDeadlineSeconds === undefined || deployment.metadata.deletionTimestamp !== undefined)
    return deployment;
  const current = conditionOf(status?.conditions, "Progressing");
  // A deadline that has passed already is what the condition goes on to say.
  if (current?.reason === "ProgressDeadlineExceeded") return deployment;
  const isPaused = spec.paused === true;
  const saysSo = current?.reason === "DeploymentPaused";
  if (isPaused === saysSo) return deployment;
  const [reason, message] = isPaused
    ? (["DeploymentPaused", "Deployment is paused"] as const)
    : (["DeploymentResumed", "Deployment is resumed"] as const);
  const next = condition("Progressing", "Unknown", reason, message, clock.now());
  const conditions = [...withoutCondition(status?.conditions ?? [], "Progressing"), next];
  return (await writeStatus(client, deployment, { ...status, conditions })) ?? deployment;
};

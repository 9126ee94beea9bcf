import type { ControllerContext } from "../context.ts";
import type { RecordEvent } from "../events.ts";
import type { SharedInformer } from "../informers.ts";
import type { Deployment, Pod, ReplicaSet } from "../kinds.ts";
import { isDeleting, refOf, uidOf } from "../owners.ts";
import { isFinished } from "../pods.ts";
import { difference, writeStatus } from "../status.ts";
import { DESIRED_REPLICAS, MAX_REPLICAS, revisionOf, sizes } from "./annotations.ts";
import { isRolling, nextNewReplicas, replicasOf, shrinkOld } from "./bounds.ts";
import { isComplete, statusOf, untilStuckMs, withProgress } from "./conditions.ts";
import { ensureNewSet } from "./new-set.ts";
import { shareOut } from "./proportion.ts";

/** A deployment and its sets, as one step of its controller sees them. */
export interface Rollout {
  readonly context: ControllerContext;
  readonly record: RecordEvent;
  readonly pods: SharedInformer<Pod>;
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** One step towards what the deployment asks for. Returns when it wants to be asked again, ms. */
export const step = async (rollout: Rollout): Promise<number | undefined> => {
  const { deployment } = rollout;
  if (isDeleting(deployment)) return writePlainStatus(rollout);
  if (deployment.spec.paused === true || wasScaled(rollout)) return resize(rollout);
  return isRolling(deployment) ? roll(rollout) : recreate(rollout);
};

const allOf = ({ newSet, old }: Rollout): ReplicaSet[] => (newSet === undefined ? [...old] : [...old, newSet]);

const SIZES: ReadonlySet<string> = new Set([DESIRED_REPLICAS, MAX_REPLICAS]);

const isInUse = (set: ReplicaSet): boolean => replicasOf(set) > 0;

/** Whether the size changed since the sets were sized: that is answered at once, in the middle of a rollout too. */
const wasScaled = (rollout: Rollout): boolean =>
  allOf(rollout).some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return isInUse(set) && desired !== undefined && Number(desired) !== replicasOf(rollout.deployment);
  });

const roll = async (before: Rollout): Promise<number | undefined> => {
  const rollout = await ensureNewSet(before);
  const { deployment, newSet, old } = rollout;
  if (newSet === undefined) return undefined;
  const replicas = nextOfNew(rollout, newSet);
  if (await scaleSet(rollout, newSet, replicas)) return writeProgress(rollout);
  let shrunk = false;
  for (const shrink of shrinkOld(deployment, newSet, old.filter(isInUse))) {
    shrunk = (await scaleSet(rollout, shrink.set, shrink.replicas)) || shrunk;
  }
  if (!shrunk) await forgetOldSets(rollout);
  return writeProgress(rollout);
};

const nextOfNew = (rollout: Rollout, newSet: ReplicaSet): number =>
  Math.min(replicasOf(rollout.deployment), nextNewReplicas(rollout.deployment, allOf(rollout), replicasOf(newSet)));

const recreate = async (before: Rollout): Promise<number | undefined> => {
  let shrunk = false;
  for (const set of before.old.filter(isInUse)) shrunk = (await scaleSet(before, set, 0)) || shrunk;
  const isRunning = before.old.some((set) => before.pods.controlledBy(uidOf(set)).some((pod) => !isFinished(pod)));
  if (shrunk || isRunning) return writeProgress(before);
  const rollout = await ensureNewSet(before);
  const { newSet, deployment } = rollout;
  if (newSet === undefined) return undefined;
  await scaleSet(rollout, newSet, replicasOf(deployment));
  await forgetOldSets(rollout);
  return writeProgress(rollout);
};

/** Brings the sets to a new size without going on with the rollout. */
const resize = async (rollout: Rollout): Promise<number | undefined> => {
  const { deployment, newSet, old } = rollout;
  const all = allOf(rollout);
  const active = all.filter(isInUse);
  const [only] = active.length === 0 ? [newSet ?? latest(old)] : active;
  if (active.length <= 1) {
    if (only !== undefined) await scaleSet(rollout, only, replicasOf(deployment));
  } else if (newSet !== undefined && isSaturated(deployment, newSet)) {
    for (const set of old.filter(isInUse)) await scaleSet(rollout, set, 0);
  } else if (isRolling(deployment)) {
    for (const { set, replicas } of shareOut(deployment, active)) await scaleSet(rollout, set, replicas);
  }
  if (deployment.spec.paused === true) await forgetOldSets(rollout);
  return writePlainStatus(rollout);
};

const latest = (sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  sets.toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];

const isSaturated = (deployment: Deployment, set: ReplicaSet): boolean =>
  [replicasOf(set), Number(set.metadata.annotations?.[DESIRED_REPLICAS]), set.status?.availableReplicas].every(
    (count) => count === replicasOf(deployment),
  );

/** Sets the size of a set and what it says about the deployment's; true when its size changed. */
const scaleSet = async (
  { context, deployment, record }: Rollout,
  set: ReplicaSet,
  replicas: number,
): Promise<boolean> => {
  const before = replicasOf(set);
  const annotations = difference(sizesIn(set), sizes(deployment));
  if (before === replicas && annotations === undefined) return false;
  const { uid, resourceVersion, name } = set.metadata;
  await context.client.mergePatch(refOf(set), {
    metadata: { uid, resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
    ...(before === replicas ? {} : { spec: { replicas } }),
  });
  if (before === replicas) return false;
  const direction = replicas > before ? "up" : "down";
  const text = `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`;
  record(deployment, "Normal", "ScalingReplicaSet", text);
  return true;
};

const sizesIn = ({ metadata }: ReplicaSet): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => SIZES.has(name)));

/** Deletes the oldest sets without pods beyond the history limit, once the rollout is complete. */
const forgetOldSets = async ({ context, deployment, newSet, old }: Rollout): Promise<void> => {
  const now = context.clock.now();
  const all = newSet === undefined ? old : [...old, newSet];
  const complete = isComplete(deployment, statusOf(deployment, { newSet, all }, now));
  if (!complete && deployment.spec.paused !== true) return;
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const kept = old.filter((set) => !isDeleting(set)).toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of kept.slice(0, Math.max(0, kept.length - limit))) {
    const isUsed = isInUse(set) || (set.status?.replicas ?? 0) > 0;
    if (isUsed || (set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0)) continue;
    await context.client.delete(refOf(set), { uid: uidOf(set) });
  }
};

const writePlainStatus = async (rollout: Rollout): Promise<undefined> => {
  const { context, deployment, newSet } = rollout;
  const status = statusOf(deployment, { newSet, all: allOf(rollout) }, context.clock.now());
  await writeStatus(context.client, deployment, status);
};

const writeProgress = async (rollout: Rollout): Promise<number | undefined> => {
  const { context, deployment, newSet } = rollout;
  const nowMs = context.clock.now();
  const sets = { newSet, all: allOf(rollout) };
  const status = withProgress(deployment, sets, statusOf(deployment, sets, nowMs), nowMs);
  await writeStatus(context.client, deployment, status);
  return untilStuckMs(deployment, status, nowMs);
};

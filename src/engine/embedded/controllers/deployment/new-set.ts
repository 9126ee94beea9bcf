import { isConflict } from "../../../../k8s/errors.ts";
import { messageOf } from "../../../../lib/errors.ts";
import type { Deployment, PodTemplate, ReplicaSet, StatusCondition } from "../kinds.ts";
import { REPLICA_SET } from "../kinds.ts";
import { controllerOf, controllerReference, refOf, uidOf } from "../owners.ts";
import { isNamespaceGoing } from "../pods.ts";
import { conditionOf, difference, writeStatus } from "../status.ts";
import { REVISION, inherited, ofNewSet, revisionOf, sizes } from "./annotations.ts";
import { nextNewReplicas } from "./bounds.ts";
import { condition, setCondition } from "./conditions.ts";
import type { Rollout } from "./rollout.ts";
import { TEMPLATE_HASH, isSameTemplate, templateHash } from "./template.ts";

/** The set of the deployment's template; the oldest where several have it. */
export const findNewSet = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  sets
    .filter((set) => isSameTemplate(set.spec.template, deployment.spec.template))
    .toSorted((a, b) => ageOf(a) - ageOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0];

/** Makes the set of the current template, or brings its revision and annotations up to date; the deployment's too. */
export const ensureNewSet = async (rollout: Rollout): Promise<Rollout> => {
  const { newSet, old } = rollout;
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const ensured = newSet === undefined ? await create(rollout, revision) : await update(rollout, newSet, revision);
  const deployment = await noteRevision(ensured, revisionOf(ensured.newSet));
  return { ...ensured, deployment };
};

type WithNewSet = Rollout & { readonly newSet: ReplicaSet };

const update = async (rollout: Rollout, set: ReplicaSet, revision: number): Promise<WithNewSet> => {
  const { context, deployment } = rollout;
  const { minReadySeconds } = deployment.spec;
  const annotations = difference(set.metadata.annotations ?? {}, ofNewSet(deployment, set, revision));
  const isStale = (set.spec.minReadySeconds ?? 0) !== (minReadySeconds ?? 0);
  let newSet = set;
  if (annotations !== undefined || isStale) {
    const { uid, resourceVersion } = set.metadata;
    newSet = await context.client.mergePatch<ReplicaSet>(refOf(set), {
      metadata: { uid, resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
      ...(isStale ? { spec: { minReadySeconds: minReadySeconds ?? 0 } } : {}),
    });
  }
  const found = `Found new replica set "${set.metadata.name}"`;
  return {
    ...rollout,
    newSet,
    deployment: await noteFirst(rollout, (nowMs) =>
      condition("Progressing", "True", "FoundNewReplicaSet", found, nowMs),
    ),
  };
};

const create = async (rollout: Rollout, revision: number): Promise<WithNewSet> => {
  const { context, deployment, record, old } = rollout;
  const wanted = newSetOf(rollout, revision);
  const replicas = nextNewReplicas(deployment, old, 0);
  try {
    const newSet = await context.client.create<ReplicaSet>({ ...wanted, spec: { ...wanted.spec, replicas } });
    const { name } = newSet.metadata;
    if (replicas > 0) {
      record(deployment, "Normal", "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${replicas}`);
    }
    const text = `Created new replica set "${name}"`;
    return { ...rollout, newSet, deployment: await note(rollout, deployment, "True", "NewReplicaSetCreated", text) };
  } catch (error) {
    if (isConflict(error)) return await onNameTaken(rollout, wanted);
    if (!isNamespaceGoing(error)) {
      const { name } = wanted.metadata;
      const text = `Failed to create new replica set "${name}": ${messageOf(error)}`;
      record(deployment, "Warning", "ReplicaSetCreateError", text);
      await note(rollout, deployment, "False", "ReplicaSetCreateError", text);
    }
    throw error;
  }
};

/** Either the local copy does not show our set yet, or another template has the same hash, which is counted from now on. */
const onNameTaken = async (rollout: Rollout, wanted: ReplicaSet): Promise<WithNewSet> => {
  const { context, deployment } = rollout;
  const found = await context.client.get<ReplicaSet>(refOf(wanted));
  const isOurs = found !== undefined && controllerOf(found)?.uid === uidOf(deployment);
  if (isOurs && isSameTemplate(found.spec.template, deployment.spec.template)) return { ...rollout, newSet: found };
  if (found !== undefined) {
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await writeStatus(context.client, deployment, { ...deployment.status, collisionCount });
  }
  throw new Error(`the name ${wanted.metadata.name} is taken by a set of another template`);
};

const newSetOf = ({ deployment }: Rollout, revision: number): ReplicaSet => {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const labelled: PodTemplate = { ...template, metadata: { ...template.metadata, labels } };
  const { namespace, name } = deployment.metadata;
  return {
    ...REPLICA_SET,
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespace ?? "",
      labels,
      annotations: { ...inherited(deployment), ...sizes(deployment), [REVISION]: String(revision) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: labelled,
    },
  };
};

const noteRevision = async ({ context, deployment }: Rollout, revision: number): Promise<Deployment> => {
  if (revisionOf(deployment) === revision) return deployment;
  const { uid, resourceVersion } = deployment.metadata;
  const metadata = { uid, resourceVersion, annotations: { [REVISION]: String(revision) } };
  // By way of the status: a revision is no change of what is wanted, and must not count as one.
  return context.client.mergePatch<Deployment>(refOf(deployment), { metadata }, { subresource: "status" });
};

const noteFirst = async (
  { context, deployment }: Rollout,
  make: (nowMs: number) => StatusCondition,
): Promise<Deployment> => {
  const { conditions } = deployment.status ?? {};
  const isWanted = deployment.spec.progressDeadlineSeconds !== undefined;
  if (!isWanted || conditionOf(conditions, "Progressing") !== undefined) return deployment;
  const next = setCondition(conditions ?? [], make(context.clock.now()));
  return (await writeStatus(context.client, deployment, { ...deployment.status, conditions: next })) ?? deployment;
};

const note = async (
  { context }: Rollout,
  deployment: Deployment,
  status: "True" | "False",
  reason: string,
  message: string,
): Promise<Deployment> => {
  if (deployment.spec.progressDeadlineSeconds === undefined) return deployment;
  const next = condition("Progressing", status, reason, message, context.clock.now());
  const conditions = setCondition(deployment.status?.conditions ?? [], next);
  return (await writeStatus(context.client, deployment, { ...deployment.status, conditions })) ?? deployment;
};

const ageOf = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

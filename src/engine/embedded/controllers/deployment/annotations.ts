import type { KubeObject } from "../../../../k8s/types.ts";
import { type Deployment, type ReplicaSet } from "../kinds.ts";
import { boundsOf, replicasOf } from "./bounds.ts";

export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Of the deployment or of one set alone. */
const NOT_INHERITED: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

type Annotations = Readonly<Record<string, string>>;

export const revisionOf = ({ metadata }: KubeObject): number =>
  Number.parseInt(metadata.annotations?.[REVISION] ?? "0", 10) || 0;

/** What a set has from its deployment. */
export const inherited = ({ metadata }: Deployment): Annotations =>
  Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !NOT_INHERITED.has(name)));

/** What tells later whether the deployment was scaled since. */
export const sizes = (deployment: Deployment): Annotations => ({
  [DESIRED_REPLICAS]: String(replicasOf(deployment)),
  [MAX_REPLICAS]: String(replicasOf(deployment) + boundsOf(deployment).surge),
});

/** Annotations of the set of the current template; one that becomes current again remembers what it was before. */
export const ofNewSet = (deployment: Deployment, set: ReplicaSet, revision: number): Annotations => {
  const before = revisionOf(set);
  const kept = { ...set.metadata.annotations, ...inherited(deployment) };
  if (before >= revision) return kept;
  const history = (kept[REVISION_HISTORY] ?? "").split(",").filter((text) => text !== "");
  if (before > 0 && !history.includes(String(before))) history.push(String(before));
  return {
    ...kept,
    [REVISION]: String(revision),
    ...(before > 0 ? { [REVISION_HISTORY]: history.join(",") } : {}),
  };
};

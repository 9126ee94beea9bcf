import { CHOREO_API, LABELS } from "../crds/labels.ts";
import type { Deployment } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { KubeObject } from "../k8s/types.ts";
import { poll } from "../lib/poll.ts";
import { gistOf } from "../lib/program-error.ts";
import { titleOf } from "./kinds.ts";
import { stateOf } from "./state.ts";

export interface RolloutOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told whenever something else is waited for. */
  readonly progress: (message: string) => void;
}

/**
 * Waits until the Deployments among these objects are ready, and their Endpoints serve. A time-out is `E_NOT_READY` and
 * says what the controller says of the first that is not.
 */
export const waitForRollout = async (
  client: KubeClient,
  objects: readonly KubeObject[],
  { timeoutMs, signal, progress }: RolloutOptions,
): Promise<void> => {
  const deployments = objects.filter(({ apiVersion, kind }) => apiVersion === CHOREO_API && kind === "Deployment");
  if (deployments.length === 0) return;
  const said = new Set<string>();
  await poll(
    async () => {
      const missing = (await Promise.all(deployments.map((object) => missingOf(client, object, signal)))).flat();
      if (missing.length === 0) return { done: true, value: undefined };
      const [first = ""] = missing;
      if (!said.has(first)) progress(first);
      said.add(first);
      return { done: false, missing: missing.join("; ") };
    },
    {
      what: deployments.length === 1 ? placeOf(deployments[0] as KubeObject) : `${deployments.length} deployments`,
      timeoutMs,
      maxIntervalMs: 300,
      signal,
      code: "E_NOT_READY",
      fix: "choreo-dev status, choreo-dev logs COMPONENT; everything was applied: choreo-dev apply --no-wait does not wait",
    },
  );
};

/** What a Deployment and its Endpoints lack to serve what was applied last, in words; empty when they do. */
export const missingOf = async (client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<string[]> => {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const found = await client.get({ apiVersion, kind, name, namespace }, { signal });
  if (found === undefined) return [`${placeOf(object)}: somebody deleted its Deployment`];
  const { observedGeneration } = (found["status"] ?? {}) as { observedGeneration?: number };
  if (observedGeneration !== undefined && observedGeneration < (found.metadata.generation ?? 0))
    return [`${placeOf(object)}: the controller has not seen the change yet`];
  if (!(await isOfNow(client, found, signal)))
    return [`${placeOf(object)}: the controller has not seen its artifact yet`];
  if (!stateOf(found).ready) return [say(found)];
  const { items } = await client.list({ apiVersion, kind: "Endpoint" }, { namespace, signal });
  return items.filter((endpoint) => belongsTo(endpoint, found) && !stateOf(endpoint).ready).map(say);
};

/** A Deployment that is ready may be so with the version before. */
const isOfNow = async (client: KubeClient, deployment: KubeObject, signal: AbortSignal): Promise<boolean> => {
  const { namespace } = deployment.metadata;
  const { spec, status } = deployment as unknown as Partial<Pick<Deployment, "spec" | "status">>;
  const name = spec?.deploymentArtifactRef ?? "";
  const artifact = await client.get({ ...deployment, kind: "DeployableArtifact", name, namespace }, { signal });
  return artifact === undefined || artifact.metadata.generation === status?.artifactGeneration;
};

const belongsTo = (endpoint: KubeObject, deployment: KubeObject): boolean =>
  endpoint.metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid) === true ||
  [LABELS.project, LABELS.component, LABELS.environment].every(
    (label) => endpoint.metadata.labels?.[label] === deployment.metadata.labels?.[label],
  );

const say = (object: KubeObject): string => {
  const { word, message } = stateOf(object);
  return `${placeOf(object)}: ${message === "" ? word : gistOf(message)}`;
};

/** `catalog in staging`: people know a Deployment by what it runs, not by its name. */
const placeOf = (object: KubeObject): string => {
  const component = object.metadata.labels?.[LABELS.component];
  const environment = object.metadata.labels?.[LABELS.environment];
  const isKnown = object.kind === "Deployment" && component !== undefined && environment !== undefined;
  return isKnown ? `${component} in ${environment}` : titleOf(object);
};

import { CHOREO_API, CHOREO_KINDS } from "../crds/labels.ts";
import type { KubeClient } from "../k8s/client.ts";
import { isKubeError } from "../k8s/errors.ts";
import type { AnyObject, Condition } from "../k8s/types.ts";
import { poll } from "../lib/poll.ts";
import { DEFAULT_ORGANIZATION } from "./defaults.ts";

interface Options {
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

/** Parents before children; everything that is not ours comes first. */
export const inApplyOrder = (objects: readonly AnyObject[]): AnyObject[] =>
  objects.toSorted((a, b) => rank(a) - rank(b));

const rank = ({ apiVersion, kind }: AnyObject): number =>
  apiVersion === CHOREO_API ? CHOREO_KINDS.indexOf(kind) + 1 : 0;

/** A namespaced resource of the platform without a namespace belongs to the organization its label names. */
export const withNamespace = (object: AnyObject): AnyObject => {
  if (object.apiVersion !== CHOREO_API || object.kind === "Organization" || object.metadata.namespace !== undefined)
    return object;
  const namespace = object.metadata.labels?.["core.choreo.dev/organization"] ?? DEFAULT_ORGANIZATION;
  return { ...object, metadata: { ...object.metadata, namespace } };
};

/** Applies in order; an organization's namespace is made by the controller and is waited for. */
export const applyResources = async (
  client: KubeClient,
  objects: readonly AnyObject[],
  { signal, progress }: Options,
): Promise<void> => {
  for (const object of inApplyOrder(objects.map(withNamespace))) {
    progress(`${object.kind} ${object.metadata.name}`);
    await poll(
      async () => {
        try {
          await client.apply(object, { signal });
          return { done: true, value: undefined };
        } catch (error) {
          if (!isKubeError(error, 404) || object.metadata.namespace === undefined) throw error;
          return { done: false, missing: `namespace ${object.metadata.namespace} is not there yet` };
        }
      },
      {
        what: `${object.kind} ${object.metadata.name} to be applied`,
        timeoutMs: 30_000,
        intervalMs: 50,
        maxIntervalMs: 250,
        signal,
        code: "E_NOT_READY",
        fix: "choreo-dev status",
      },
    );
  }
};

/** The condition that says a resource does what it is for, by kind. */
const READY_CONDITION: Readonly<Record<string, string>> = {
  Organization: "Ready",
  Environment: "Ready",
  Deployment: "Ready",
  DeploymentPipeline: "Available",
  Project: "Created",
  Component: "Created",
};

/** Waits until the controller has said of each resource that it is ready; a time-out repeats what it says instead. */
export const waitForResources = async (
  client: KubeClient,
  objects: readonly AnyObject[],
  { signal, progress }: Options,
  timeoutMs: number,
): Promise<void> => {
  const waited = objects
    .map(withNamespace)
    .filter(({ apiVersion, kind }) => apiVersion === CHOREO_API && READY_CONDITION[kind] !== undefined);
  await poll(
    async () => {
      const states = await Promise.all(waited.map((object) => stateOf(client, object, signal)));
      const missing = states.filter((state) => state !== undefined);
      if (missing.length === 0) return { done: true, value: undefined };
      progress(missing[0] as string);
      return { done: false, missing: missing.join("; ") };
    },
    {
      what: "the resources to become ready",
      timeoutMs,
      intervalMs: 100,
      maxIntervalMs: 500,
      signal,
      code: "E_NOT_READY",
      fix: "choreo-dev status",
    },
  );
};

const stateOf = async (client: KubeClient, object: AnyObject, signal: AbortSignal): Promise<string | undefined> => {
  const { apiVersion, kind, metadata } = object;
  const found = await client.get({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace }, { signal });
  const conditions = (found?.["status"] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
  const condition = conditions.find(({ type }) => type === READY_CONDITION[kind]);
  if (condition?.status === "True") return undefined;
  const why =
    condition === undefined ? "the controller has not seen it yet" : `${condition.reason}: ${condition.message}`;
  return `${kind} ${metadata.name}: ${why}`;
};

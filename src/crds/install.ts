import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject, Condition } from "../k8s/types.ts";
import { poll } from "../lib/poll.ts";
import { CRDS_HASH, KINDS, crdsHash, customResourceDefinitions } from "./definitions.ts";
import { GROUP } from "./kind.ts";

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** Applies all definitions, in place where older ones are there, and waits until the server serves them. */
export const installCrds = async (
  client: KubeClient,
  options: { readonly signal: AbortSignal; readonly progress: (message: string) => void },
): Promise<number> => {
  const { signal, progress } = options;
  const definitions = customResourceDefinitions();
  await Promise.all(definitions.map((definition) => client.apply(definition, { signal })));
  await poll(
    async () => {
      const { items } = await client.list(CRD, { labelSelector: "app.kubernetes.io/part-of=choreo", signal });
      const waiting = definitions
        .map(({ metadata }) => metadata.name)
        .filter((name) => !isEstablished(items.find((item) => item.metadata.name === name)));
      if (waiting.length === 0) return { done: true, value: undefined };
      progress(`waiting for ${waiting.length} definitions`);
      return { done: false, missing: `not served yet: ${waiting.join(", ")}` };
    },
    {
      what: "the resource definitions to be served",
      timeoutMs: 60_000,
      intervalMs: 50,
      maxIntervalMs: 300,
      signal,
      code: "E_NOT_READY",
    },
  );
  return definitions.length;
};

/** Hash of the installed definitions; undefined when one is missing, not served or of another set than the rest. */
export const observeCrds = async (client: KubeClient, signal?: AbortSignal): Promise<string | undefined> => {
  const { items } = await client.list(CRD, { labelSelector: "app.kubernetes.io/part-of=choreo", signal });
  const found = KINDS.map(({ plural }) => items.find(({ metadata }) => metadata.name === `${plural}.${GROUP}`));
  const hashes = new Set(
    found.map((item) => (isEstablished(item) ? item?.metadata.annotations?.[CRDS_HASH] : undefined)),
  );
  return hashes.size === 1 ? [...hashes][0] : undefined;
};

const isEstablished = (definition: AnyObject | undefined): boolean => {
  const status = definition?.["status"] as { conditions?: Condition[] } | undefined;
  const holds = (type: string): boolean =>
    status?.conditions?.some((one) => one.type === type && one.status === "True") === true;
  return holds("Established") && holds("NamesAccepted");
};

export { crdsHash };

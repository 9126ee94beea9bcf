import type { KubeClient } from "../../k8s/client.ts";
import { startInformer } from "../../k8s/informer.ts";
import type { AnyObject, TypeRef } from "../../k8s/types.ts";
import { linkAbort } from "../../lib/deadline.ts";

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** Resolves when the API server serves all of these custom kinds; rejects when the signal ends the wait. */
export const untilKnown = (client: KubeClient, kinds: readonly TypeRef[], signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const missing = new Set(kinds.map(nameOf));
    const watching = new AbortController();
    const unlink = linkAbort(signal, watching);
    const end = (settle: () => void): void => {
      unlink();
      watching.abort();
      settle();
    };
    signal.addEventListener("abort", () => end(() => reject(signal.reason as Error)), { once: true });
    startInformer(client, CRD, {
      signal: watching.signal,
      onChange: (_before, after) => {
        if (after === undefined || !isEstablished(after)) return;
        for (const name of servedBy(after)) missing.delete(name);
        if (missing.size === 0) end(resolve);
      },
    }).synced.catch(() => undefined);
  });

const nameOf = ({ apiVersion, kind }: TypeRef): string => `${apiVersion}/${kind}`;

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const isEstablished = (object: AnyObject): boolean =>
  ((object as unknown as Definition).status?.conditions ?? []).some(
    ({ type, status }) => type === "Established" && status === "True",
  );

const servedBy = (object: AnyObject): string[] => {
  const { group, names, versions } = (object as unknown as Definition).spec;
  return versions
    .filter(({ served }) => served)
    .map(({ name }) => nameOf({ apiVersion: `${group}/${name}`, kind: names.kind }));
};

import type { KubeClient } from "../k8s/client.ts";
import { CHOREO_API, LABELS } from "../crds/labels.ts";
import type { Component, Deployment } from "../crds/types.ts";
import type { AnyObject, KubeObject } from "../k8s/types.ts";
import { layoutClusters } from "../plan/clusters.ts";
import type { Session } from "./session.ts";

interface ComponentUrl {
  readonly component: string;
  readonly environment: string;
  readonly url: string;
}

/** What the summary of an `up` tells of what it found in the control plane. */
export interface PlatformSummary {
  /** The public URLs of everything that is deployed and ready. */
  readonly urls: readonly ComponentUrl[];
  /** Components that have a source, and are deployed nowhere. */
  readonly unbuilt: readonly string[];
}

/** Reads what the summary tells. */
export const summarize = async (session: Session): Promise<PlatformSummary> => {
  try {
    const control = await session.client(layoutClusters(session.platform)[0]?.name ?? session.platform.name);
    const [urls, unbuilt] = await Promise.all([urlsOf(control, session.signal), unbuiltOf(control, session.signal)]);
    return { urls, unbuilt };
  } catch {
    // The summary of an `up` that worked does not fail for want of a list.
    return { urls: [], unbuilt: [] };
  }
};

const unbuiltOf = async (control: KubeClient, signal: AbortSignal): Promise<string[]> => {
  const list = async <T extends KubeObject>(kind: string): Promise<readonly T[]> =>
    (await control.list<T>({ apiVersion: CHOREO_API, kind }, { signal })).items;
  const [components, deployments] = await Promise.all([list<Component>("Component"), list<Deployment>("Deployment")]);
  const place = ({ metadata }: KubeObject, name: string | undefined): string =>
    [metadata.namespace, metadata.labels?.[LABELS.project], name].join("/");
  const deployed = new Set(deployments.map((one) => place(one, one.metadata.labels?.[LABELS.component])));
  return components.flatMap((one) => {
    const name = one.metadata.labels?.[LABELS.name] ?? one.metadata.name;
    const { local, gitRepository } = one.spec.source ?? {};
    const hasSource = local !== undefined || gitRepository !== undefined;
    return hasSource && !deployed.has(place(one, name)) ? [name] : [];
  });
};

const urlsOf = async (control: KubeClient, signal: AbortSignal): Promise<ComponentUrl[]> => {
  const { items } = await control.list({ apiVersion: CHOREO_API, kind: "Endpoint" }, { signal });
  return items.flatMap((endpoint: AnyObject) => {
    const { addresses = [] } = (endpoint["status"] ?? {}) as { addresses?: { visibility: string; url: string }[] };
    const labels = endpoint.metadata.labels ?? {};
    return addresses
      .filter(({ visibility }) => visibility === "public")
      .map(({ url }) => ({
        component: labels[LABELS.component] ?? "",
        environment: labels[LABELS.environment] ?? "",
        url,
      }));
  });
};

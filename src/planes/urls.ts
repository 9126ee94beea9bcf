import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject } from "../k8s/types.ts";
import { layoutClusters } from "../plan/clusters.ts";
import type { Session } from "./session.ts";

export interface ComponentUrl {
  readonly component: string;
  readonly environment: string;
  readonly url: string;
}

/** The public URLs of everything that is deployed and ready. */
export const platformUrls = async (session: Session): Promise<ComponentUrl[]> => {
  try {
    return await urlsOf(
      await session.client(layoutClusters(session.platform)[0]?.name ?? session.platform.name),
      session.signal,
    );
  } catch {
    // The summary of an `up` that worked does not fail for want of a list.
    return [];
  }
};

const urlsOf = async (control: KubeClient, signal: AbortSignal): Promise<ComponentUrl[]> => {
  const { items } = await control.list({ apiVersion: "core.choreo.dev/v1", kind: "Endpoint" }, { signal });
  return items.flatMap((endpoint: AnyObject) => {
    const { addresses = [] } = (endpoint["status"] ?? {}) as { addresses?: { visibility: string; url: string }[] };
    const labels = endpoint.metadata.labels ?? {};
    return addresses
      .filter(({ visibility }) => visibility === "public")
      .map(({ url }) => ({
        component: labels["core.choreo.dev/component"] ?? "",
        environment: labels["core.choreo.dev/environment"] ?? "",
        url,
      }));
  });
};

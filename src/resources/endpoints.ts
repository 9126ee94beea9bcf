import { LABELS } from "../crds/labels.ts";
import type { Endpoint } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { KubeObject } from "../k8s/types.ts";
import { listKind } from "./scope.ts";
import { stateOf } from "./state.ts";

/** A URL of a component, as `status` and `url` print it. */
export interface EndpointUrl {
  readonly component: string;
  readonly project: string;
  readonly organization: string;
  readonly environment: string;
  /** `public` answers on this machine; `organization` only inside the data planes. */
  readonly visibility: string;
  readonly url: string;
  readonly ready: boolean;
  /** Why it is not ready; empty otherwise. */
  readonly message: string;
}

/** The URLs of Deployments that answer on this machine. */
export const publicUrls = async (
  control: KubeClient,
  deployments: readonly KubeObject[],
  signal: AbortSignal,
): Promise<string[]> => {
  const uids = new Set(deployments.map(({ metadata }) => metadata.uid));
  const organization = deployments[0]?.metadata.namespace;
  const all = await listKind(control, { kind: "Endpoint" }, { organization }, signal);
  const own = all.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uids.has(uid)));
  return urlsOf(own).flatMap(({ visibility, url }) => (visibility === "public" ? [url] : []));
};

/** All URLs of Endpoint objects, by component and environment. */
export const urlsOf = (endpoints: readonly KubeObject[]): EndpointUrl[] =>
  endpoints
    .flatMap((object) => {
      const label = (name: string): string => object.metadata.labels?.[name] ?? "";
      const { ready, message } = stateOf(object);
      return addressesOf(object as Endpoint).map(({ visibility, url }) => ({
        component: label(LABELS.component),
        project: label(LABELS.project),
        organization: label(LABELS.organization),
        environment: label(LABELS.environment),
        visibility,
        url,
        ready,
        message,
      }));
    })
    .sort((a, b) => sortKey(a).localeCompare(sortKey(b)));

const addressesOf = ({ status }: Endpoint): readonly { readonly visibility: string; readonly url: string }[] =>
  status?.addresses ?? (status?.address === undefined ? [] : [{ visibility: "public", url: status.address }]);

const sortKey = ({ organization, project, component, environment, visibility, url }: EndpointUrl): string =>
  [organization, project, component, environment, visibility === "public" ? "0" : visibility, url].join("\0");

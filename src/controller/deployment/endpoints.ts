import { isDeepStrictEqual } from "node:util";
import { endpointName } from "../../crds/names.ts";
import { ANNOTATIONS, CHOREO_API, LABELS } from "../../crds/labels.ts";
import type { Deployment, Endpoint, EndpointTemplate } from "../../crds/types.ts";
import type { KubeObject } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { type Children, childrenWhere } from "../children.ts";
import { isDeleting } from "../finalizers.ts";
import { labelOf, nameOf } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";

/** The Endpoints of a Deployment, one per template. Of two templates with one name the first counts. */
export const renderEndpoints = (deployment: Deployment, templates: readonly EndpointTemplate[]): Endpoint[] => {
  const endpoints = templates.map((template) => renderEndpoint(deployment, template));
  return [
    ...new Map(endpoints.toReversed().map((endpoint) => [endpoint.metadata.name, endpoint])).values(),
  ].toReversed();
};

/** Makes the Endpoints as rendered and deletes others that belong to the Deployment. */
export const syncEndpoints = async (
  deployment: Deployment,
  wanted: readonly Endpoint[],
  context: ReconcileContext,
): Promise<void> => {
  const { namespace, uid } = deployment.metadata;
  const found = context.cache<Endpoint>("Endpoint").list({ namespace });
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const changed = wanted.filter((endpoint) => {
    const live = found.find(({ metadata }) => metadata.name === endpoint.metadata.name);
    return live === undefined || !isAsWanted(live, endpoint);
  });
  const surplus = found.filter(
    (endpoint) => isOwnedBy(endpoint, uid) && !names.has(endpoint.metadata.name) && !isDeleting(endpoint),
  );
  const { signal } = context;
  await Promise.all([
    ...changed.map((endpoint) => context.client.apply(endpoint, { signal })),
    ...surplus.map((endpoint) => context.client.delete(refOf(endpoint), { signal })),
  ]);
};

/** The Endpoints that go before their Deployment: those it owns, and those of nobody that name it and its environment. */
export const endpointsOf = (deployment: Deployment): Children => {
  const { uid, namespace } = deployment.metadata;
  return childrenWhere(
    "Endpoint",
    namespace,
    (endpoint) => isOwnedBy(endpoint, uid) || (!hasController(endpoint) && names(endpoint, deployment)),
  );
};

const renderEndpoint = (deployment: Deployment, { metadata, spec }: EndpointTemplate): Endpoint => {
  const { name, namespace = "", labels, uid = "" } = deployment.metadata;
  return {
    apiVersion: CHOREO_API,
    kind: "Endpoint",
    metadata: {
      name: endpointName(name, metadata.name),
      namespace,
      labels: { ...labels, [LABELS.deployment]: nameOf(deployment), [LABELS.name]: metadata.name ?? "" },
      annotations: describe(deployment.metadata.annotations, metadata.annotations),
      ownerReferences: [
        { apiVersion: CHOREO_API, kind: "Deployment", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
  };
};

/** How it is shown: as the template says, else as the Deployment says. Notes of tools stay where they are. */
const describe = (
  ofDeployment: Readonly<Record<string, string>> = {},
  ofTemplate: Readonly<Record<string, string>> = {},
): Record<string, string> =>
  Object.fromEntries(
    [ANNOTATIONS.displayName, ANNOTATIONS.description].flatMap((name) => {
      const value = ofTemplate[name] ?? ofDeployment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const isAsWanted = (live: Endpoint, wanted: Endpoint): boolean =>
  isDeepStrictEqual(live.spec, wanted.spec) &&
  isDeepStrictEqual(live.metadata.labels, wanted.metadata.labels) &&
  isDeepStrictEqual(live.metadata.annotations ?? {}, wanted.metadata.annotations) &&
  isDeepStrictEqual(live.metadata.ownerReferences, wanted.metadata.ownerReferences);

const isOwnedBy = ({ metadata }: KubeObject, uid: string | undefined): boolean =>
  metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;

const hasController = ({ metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;

const names = (endpoint: Endpoint, deployment: Deployment): boolean =>
  labelOf(endpoint, LABELS.deployment) === nameOf(deployment) &&
  [LABELS.organization, LABELS.project, LABELS.component, LABELS.deploymentTrack, LABELS.environment].every(
    (label) => labelOf(endpoint, label) === labelOf(deployment, label),
  );

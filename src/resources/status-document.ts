import { labelOf, nameOf } from "../controller/hierarchy.ts";
import { LABELS } from "../crds/labels.ts";
import type { Component, DeployableArtifact, Deployment } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject } from "../k8s/types.ts";
import { OUTPUT_API_VERSION } from "../lib/output-api-version.ts";
import { type EndpointUrl, urlsOf } from "./endpoints.ts";
import { listKind } from "./scope.ts";
import { stateOf } from "./state.ts";
import type { PlatformFacts } from "../planes/api.ts";

/** A component in one environment. */
export interface DeployedComponent {
  readonly environment: string;
  /** Image tag, build or artifact that runs there. */
  readonly revision: string;
  readonly ready: boolean;
  /** "Ready", or the reason why it is not: `CrashLoopBackOff`. */
  readonly state: string;
  readonly message: string;
}

export interface ComponentStatus {
  readonly name: string;
  readonly project: string;
  readonly organization: string;
  readonly type: string;
  readonly environments: readonly DeployedComponent[];
}

/** `status -o json`: the facts of the platform, and what runs on it. */
export interface StatusDocument extends PlatformFacts {
  readonly apiVersion: string;
  readonly kind: "PlatformStatus";
  readonly components: readonly ComponentStatus[];
  readonly endpoints: readonly EndpointUrl[];
}

/** The resources that the document is made from. */
export interface StatusResources {
  readonly components: readonly AnyObject[];
  readonly deployments: readonly AnyObject[];
  readonly artifacts: readonly AnyObject[];
  readonly endpoints: readonly AnyObject[];
}

export const NO_RESOURCES: StatusResources = { components: [], deployments: [], artifacts: [], endpoints: [] };

/** Reads what runs on the platform from its control plane. */
export const readResources = async (client: KubeClient, signal: AbortSignal): Promise<StatusResources> => {
  const list = (kind: string): Promise<AnyObject[]> => listKind(client, { kind }, {}, signal);
  const [components, deployments, artifacts, endpoints] = await Promise.all(
    ["Component", "Deployment", "DeployableArtifact", "Endpoint"].map(list),
  );
  return {
    components: components ?? [],
    deployments: deployments ?? [],
    artifacts: artifacts ?? [],
    endpoints: endpoints ?? [],
  };
};

/** Puts facts and resources together. */
export const statusDocument = (facts: PlatformFacts, resources: StatusResources): StatusDocument => ({
  apiVersion: OUTPUT_API_VERSION,
  kind: "PlatformStatus",
  ...facts,
  components: resources.components.map((component) => componentStatus(component, resources)),
  endpoints: urlsOf(resources.endpoints),
});

const componentStatus = (component: AnyObject, { deployments, artifacts }: StatusResources): ComponentStatus => {
  const place = (object: AnyObject): string =>
    [
      object.metadata.namespace,
      labelOf(object, LABELS.project),
      object.kind === "Component" ? nameOf(object) : labelOf(object, LABELS.component),
    ].join("/");
  const own = deployments.filter((deployment) => place(deployment) === place(component));
  return {
    name: nameOf(component),
    project: labelOf(component, LABELS.project) ?? "",
    organization: component.metadata.namespace ?? "",
    type: (component as unknown as Component).spec?.type ?? "",
    environments: own.map((deployment) => deployed(deployment, artifacts)),
  };
};

const deployed = (deployment: AnyObject, artifacts: readonly AnyObject[]): DeployedComponent => {
  const { word, ready, message } = stateOf(deployment);
  const environment = labelOf(deployment, LABELS.environment) ?? "";
  return {
    environment,
    revision: revisionOf(deployment as unknown as Deployment, artifacts),
    ready,
    state: word,
    message,
  };
};

const revisionOf = ({ spec, metadata }: Deployment, artifacts: readonly AnyObject[]): string => {
  const reference = spec?.deploymentArtifactRef ?? "";
  const artifact = artifacts.find(
    (object) => object.metadata.name === reference && object.metadata.namespace === metadata.namespace,
  );
  const { fromImageRef, fromBuildRef } =
    (artifact as unknown as DeployableArtifact | undefined)?.spec?.targetArtifact ?? {};
  return fromImageRef?.tag ?? fromBuildRef?.name ?? reference;
};

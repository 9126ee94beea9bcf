import type { Platform } from "../config/model.ts";
import type { AnyObject } from "../k8s/types.ts";

export const DEFAULT_ORGANIZATION = "default-org";
export const DEFAULT_PIPELINE = "default-pipeline";
export const DEFAULT_PROJECT = "default-project";

const API = "core.choreo.dev/v1";

/** The organization, environments, pipeline and project that every platform has from the start. */
export const defaultResources = (platform: Platform): AnyObject[] => [
  organization(),
  ...platform.environments.map(environment),
  pipeline(platform.environments.map(({ name }) => name)),
  project(),
];

const organization = (): AnyObject => ({
  apiVersion: API,
  kind: "Organization",
  metadata: {
    ...described(DEFAULT_ORGANIZATION, "Default organization"),
    labels: { "core.choreo.dev/name": DEFAULT_ORGANIZATION },
  },
  spec: {},
});

const environment = (env: Platform["environments"][number]): AnyObject => ({
  apiVersion: API,
  kind: "Environment",
  metadata: inOrganization(env.name, `${env.name.charAt(0).toUpperCase()}${env.name.slice(1)}`),
  spec: { dataPlaneRef: env.dataPlane, isProduction: env.isProduction, gateway: { dnsPrefix: env.dnsPrefix } },
});

/**
 * A chain through the environments in their order. The first one also leads straight to the last, by manual approval;
 * the last step of the chain asks for approval.
 */
const pipeline = (names: readonly string[]): AnyObject => ({
  apiVersion: API,
  kind: "DeploymentPipeline",
  metadata: inOrganization(DEFAULT_PIPELINE, "Default pipeline"),
  spec: { promotionPaths: names.slice(0, -1).map((source, index) => promotionPath(names, source, index)) },
});

const promotionPath = (names: readonly string[], source: string, index: number): Record<string, unknown> => {
  const next = names[index + 1] ?? source;
  const last = names.at(-1) ?? source;
  const targets: Record<string, unknown>[] = [{ name: next, requiresApproval: next === last }];
  if (index === 0 && next !== last) targets.push({ name: last, isManualApprovalRequired: true });
  return { sourceEnvironmentRef: source, targetEnvironmentRefs: targets };
};

const project = (): AnyObject => ({
  apiVersion: API,
  kind: "Project",
  metadata: inOrganization(DEFAULT_PROJECT, "Default project"),
  spec: { deploymentPipelineRef: DEFAULT_PIPELINE },
});

const inOrganization = (name: string, title: string): AnyObject["metadata"] => ({
  ...described(name, title),
  namespace: DEFAULT_ORGANIZATION,
  labels: { "core.choreo.dev/organization": DEFAULT_ORGANIZATION, "core.choreo.dev/name": name },
});

const described = (name: string, title: string): AnyObject["metadata"] => ({
  name,
  annotations: { "core.choreo.dev/display-name": title },
});

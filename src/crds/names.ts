import { createHash } from "node:crypto";

const HASH_LENGTH = 8;

/** Longest names: objects, labels (and namespaces, Services, Jobs, containers, volumes), CronJobs. */
export const LIMITS = { object: 253, label: 63, cronJob: 52, repository: 128, tag: 119 } as const;

/**
 * A name of at most `limit` characters from parts: each part cleaned and cut to its share, then the first 8 hex
 * digits of the SHA-256 of the original parts joined by hyphens. Room that short parts leave is not given to others.
 */
export const generateName = (limit: number, ...parts: readonly string[]): string => {
  const hash = createHash("sha256").update(parts.join("-")).digest("hex").slice(0, HASH_LENGTH);
  const budget = limit - HASH_LENGTH - parts.length;
  const share = Math.floor(budget / parts.length);
  const extra = budget % parts.length;
  const cut = parts.map((part, index) => cutBytes(clean(part), share + (index < extra ? 1 : 0)));
  return [...cut, hash].join("-").replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
};

const clean = (part: string): string =>
  part
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}.-]/gu, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "");

const cutBytes = (text: string, bytes: number): string => {
  const buffer = Buffer.from(text);
  return buffer.length <= bytes
    ? text
    : new TextDecoder("utf8", { fatal: false }).decode(buffer.subarray(0, bytes)).replace(/\uFFFD$/, "");
};

/** Namespace in a data plane for one organization, project and environment. */
export const dataPlaneNamespace = (organization: string, project: string, environment: string): string =>
  generateName(LIMITS.label, "dp", organization, project, environment);

/** Names below take OBJECT names of the component and its track. */
export const workloadName = (component: string, track: string): string => generateName(LIMITS.object, component, track);
export const serviceName = (component: string, track: string): string => generateName(LIMITS.label, component, track);
export const cronJobName = (component: string, track: string): string => generateName(LIMITS.cronJob, component, track);

/** ConfigMap, SecretProviderClass and synced Secret of a ConfigurationGroup. */
export const configurationName = (component: string, track: string, group: string): string =>
  generateName(LIMITS.object, component, track, group);

/** First 8 hex digits of the SHA-256 of a mount path. */
export const mountHash = (mountPath: string): string =>
  createHash("sha256").update(mountPath).digest("hex").slice(0, HASH_LENGTH);

/** Volume of a file that is written in the resource itself. */
export const fileMountVolume = (mountPath: string): string => `filemount-${mountHash(mountPath)}`;

/** ConfigMap of that file; its key is `content`. */
export const fileMountConfigMap = (component: string, track: string, mountPath: string): string =>
  generateName(LIMITS.object, component, track, fileMountVolume(mountPath));

/** Volume of a ConfigurationGroup: its ConfigMap, its CSI mount, or the mount that makes its Secret appear. */
export const configurationVolume = (group: string, use: "cm" | "csi" | "csi-env"): string =>
  generateName(LIMITS.label, group, use);

export const portName = (port: number, protocol: "TCP" | "UDP"): string => `ep-${port}-${protocol.toLowerCase()}`;

/** Endpoint of a Deployment's template. */
export const endpointName = (deployment: string, template: string | undefined): string =>
  generateName(LIMITS.object, deployment, template === undefined || template === "" ? "endpoint" : template);

/** HTTPRoute and SecurityPolicy of an Endpoint. */
export const routeName = (gateway: "gateway-external" | "gateway-internal", endpoint: string): string =>
  generateName(LIMITS.object, gateway, endpoint);

export const ciNamespace = (organization: string): string => `choreo-ci-${organization}`;
export const workflowName = (build: string): string => generateName(LIMITS.label, build);
export const imageRepository = (organization: string, project: string, component: string): string =>
  generateName(LIMITS.repository, organization, project, component);
export const imageTag = (track: string, revision: string): string =>
  `${generateName(LIMITS.tag, track)}-${revision.slice(0, 8)}`;

/** Deployment that a finished build makes in the first environment. */
export const autoDeploymentName = (
  organization: string,
  project: string,
  component: string,
  track: string,
  environment: string,
): string => generateName(LIMITS.object, organization, project, component, track, environment);
export const autoDeploymentLabel = (environment: string): string =>
  generateName(LIMITS.label, environment, "deployment");

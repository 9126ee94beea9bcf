import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { PlaneRole } from "../config/model.ts";
import type { KubeClient } from "../k8s/client.ts";
import { isKubeError } from "../k8s/errors.ts";
import type { AnyObject, Condition, Endpoint } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import { poll } from "../lib/poll.ts";
import { DEFAULT_ORGANIZATION } from "./defaults.ts";

export const REGISTRATION_HASH = "choreo.dev/registration-hash";

export interface Registration {
  readonly name: string;
  readonly role: Exclude<PlaneRole, "control">;
  readonly cluster: string;
  readonly region?: string | undefined;
  /** Registry that builds push to and nodes pull from. */
  readonly registry: string;
}

/** Identifies what is registered without the credentials, so that the plan can compare it before a cluster answers. */
export const registrationHash = (registration: Registration): string =>
  createHash("sha256")
    .update(JSON.stringify([2, registration]))
    .digest("hex")
    .slice(0, 16);

/** The DataPlane or BuildPlane resource by which the controller reaches a cluster. */
export const planeResource = (registration: Registration, endpoint: Endpoint): AnyObject => {
  const { name, role, cluster, region, registry } = registration;
  const kubernetesCluster = { name: cluster, credentials: credentialsOf(endpoint) };
  const metadata = {
    name: role === "build" ? "default-buildplane" : name,
    namespace: DEFAULT_ORGANIZATION,
    labels: {
      "core.choreo.dev/organization": DEFAULT_ORGANIZATION,
      "core.choreo.dev/name": role === "build" ? "default-buildplane" : name,
      ...(region === undefined ? {} : { "topology.kubernetes.io/region": region }),
    },
    annotations: { [REGISTRATION_HASH]: registrationHash(registration) },
  };
  if (role === "build") {
    const spec = { kubernetesCluster, registries: [{ prefix: registry, insecure: true }] };
    return { apiVersion: "core.choreo.dev/v1", kind: "BuildPlane", metadata, spec };
  }
  const gateway = { publicVirtualHost: "choreoapis.localhost", organizationVirtualHost: "choreoapis.internal" };
  const spec = { registry: { unauthenticated: [registry] }, kubernetesCluster, gateway };
  return { apiVersion: "core.choreo.dev/v1", kind: "DataPlane", metadata, spec };
};

/** Writes the resource and waits until the controller has reached the plane by a live call. */
export const registerPlane = async (
  control: KubeClient,
  resource: AnyObject,
  options: { signal: AbortSignal; progress: (message: string) => void; timeoutMs?: number },
): Promise<void> => {
  const { signal, progress } = options;
  const ref = {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    name: resource.metadata.name,
    namespace: DEFAULT_ORGANIZATION,
  };
  await applyWhenNamespaceIsThere(control, resource, signal);
  const title = `${resource.kind} ${resource.metadata.name}`;
  await poll(
    async () => {
      const found = await control.get(ref, { signal });
      const conditions = (found?.["status"] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
      const reachable = conditions.find(({ type }) => type === "Reachable");
      // What was said of the credentials before these proves nothing.
      const isOfNow = reachable?.observedGeneration === found?.metadata.generation;
      if (reachable?.status === "True" && isOfNow) return { done: true, value: undefined };
      const missing =
        reachable === undefined || !isOfNow
          ? "the controller has not tried yet"
          : `${reachable.reason}: ${reachable.message}`;
      progress(`${title}: ${missing}`);
      return { done: false, missing };
    },
    {
      what: `${title} to be reachable`,
      timeoutMs: options.timeoutMs ?? 60_000,
      maxIntervalMs: 250,
      signal,
      code: "E_NOT_READY",
      fix: "choreo-dev status",
    },
  );
};

/** The organization's namespace is made by the controller; a plane may be registered in the same moment. */
const applyWhenNamespaceIsThere = async (
  control: KubeClient,
  resource: AnyObject,
  signal: AbortSignal,
): Promise<void> => {
  for (let tries = 0; ; tries++) {
    try {
      await control.apply(resource, { signal });
      return;
    } catch (error) {
      if (!isKubeError(error, 404) || tries >= 100) throw error;
      await delay(100, undefined, { signal });
    }
  }
};

const credentialsOf = ({ server, ca, clientCert, clientKey }: Endpoint): Record<string, string> => {
  if (clientCert === undefined || clientKey === undefined) {
    throw new ChoreoError("E_UNSUPPORTED", `${server} is reached without a client certificate`, {
      why: "a DataPlane resource carries a client certificate and key",
      fix: "use a kubeconfig user with client-certificate-data and client-key-data",
    });
  }
  const base64 = (pem: string): string => Buffer.from(pem).toString("base64");
  return { apiServerURL: server, caCert: base64(ca), clientCert: base64(clientCert), clientKey: base64(clientKey) };
};

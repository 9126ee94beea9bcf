import { ensureAuthority, ensureGatewayCertificate, GATEWAY_SECRET } from "../addons/ca.ts";
import { SYSTEM_NAMESPACE } from "../addons/inventory.ts";
import { connect } from "../k8s/connect.ts";
import type { KubeClient } from "../k8s/client.ts";
import { startInformer } from "../k8s/informer.ts";
import { messageOf } from "../lib/errors.ts";
import type { SupervisorSettings } from "../planes/supervisor-process.ts";
import type { DataPlane } from "../crds/types.ts";
import type { Log } from "./controller.ts";

const CHOREO = "core.choreo.dev/v1";
const DEFAULT_ORGANIZATION = "default-org";
const RENEW_EVERY_MS = 12 * 3600 * 1000;

/** Keeps the gateways' certificates valid for the hosts of every organization, on every data plane. */
export const keepCertificates = (
  control: KubeClient,
  settings: SupervisorSettings,
  options: { readonly signal: AbortSignal; readonly log: Log },
): void => {
  const { signal, log } = options;
  let running = Promise.resolve();
  const refresh = (): void => {
    running = running.then(async () => {
      if (signal.aborted) return;
      const names = organizations
        .list()
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== DEFAULT_ORGANIZATION)
        .sort();
      const authority = await ensureAuthority(settings.caDir);
      for (const plane of planes.list() as unknown as DataPlane[]) {
        await issue(plane, { authority, organizations: names, signal }).catch((error: unknown) =>
          log("warn", `certificate of ${plane.metadata.name}: ${messageOf(error)}`),
        );
      }
    });
    running.catch((error: unknown) => log("warn", `certificates: ${messageOf(error)}`));
  };
  const watch = (kind: string) =>
    startInformer(
      control,
      { apiVersion: CHOREO, kind },
      { signal, onChange: (before, after) => (before === undefined || after === undefined ? refresh() : undefined) },
    );
  const organizations = watch("Organization");
  const planes = watch("DataPlane");
  const timer = setInterval(refresh, RENEW_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
};

const issue = async (
  plane: DataPlane,
  {
    authority,
    organizations,
    signal,
  }: { authority: Awaited<ReturnType<typeof ensureAuthority>>; organizations: string[]; signal: AbortSignal },
): Promise<void> => {
  const { apiServerURL, caCert, clientCert, clientKey } = plane.spec.kubernetesCluster.credentials;
  const pem = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");
  const client = connect({
    server: apiServerURL,
    ca: pem(caCert),
    clientCert: pem(clientCert),
    clientKey: pem(clientKey),
  });
  try {
    // A data plane whose gateway is not installed yet gets its certificate from the step that installs it.
    const namespace = await client.get({ apiVersion: "v1", kind: "Namespace", name: SYSTEM_NAMESPACE }, { signal });
    if (namespace !== undefined)
      await ensureGatewayCertificate(client, GATEWAY_SECRET, authority, {
        organizations,
        signal,
      });
  } finally {
    client.close();
  }
};

import type { KubeClient } from "../../k8s/client.ts";
import { connectVia } from "../../k8s/connect.ts";
import type { Endpoint } from "../../k8s/types.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Core } from "./api/core.ts";
import { manageDefinitions } from "./api/crd-manager.ts";
import { kubeletUpgrades } from "./api/exec.ts";
import type { Kubelet } from "./api/kubelet.ts";
import { readdressServices } from "./api/readdress.ts";
import { Registry } from "./api/registry.ts";
import { createHandler } from "./api/server.ts";
import { createServiceAddresses } from "./api/service-addresses.ts";
import { type ClusterSnapshot, removeNew, restoreSnapshot, takeSnapshot } from "./api/snapshot.ts";
import { createTokens } from "./api/tokens.ts";
import { SYSTEM } from "./auth/users.ts";
import { bootstrap } from "./bootstrap.ts";
import type { Credentials } from "./certificates.ts";
import { inProcessTransport } from "./http/in-process.ts";
import { listen } from "./http/listener.ts";
import { builtinTypes } from "./model/types.ts";
import { type StoreOptions, openStore } from "./store/store.ts";

export interface ApiServerOptions {
  readonly store: StoreOptions;
  readonly credentials: Credentials;
  /** The wanted one; when it is in use, or 0: a free one. */
  readonly port: number;
  /** IPv4 range of the services' addresses. */
  readonly serviceCIDR: string;
  /** Whether pods are refused without a service account, and get its token. Somebody has to make the accounts. Default: no. */
  readonly podsNeedAccounts?: boolean;
  readonly clock?: Clock;
  /** Told of defects: what no request should be able to cause. Default: nobody is. */
  readonly onInternalError?: (error: unknown, request: string) => void;
}

export interface ApiServer {
  /** For clients of other processes: the administrator's. */
  readonly endpoint: Endpoint;
  readonly port: number;
  /** For clients of this process. */
  readonly client: KubeClient;
  readonly snapshot: () => ClusterSnapshot;
  /** Makes all objects as they were; with `onlyNew`, only removes what the snapshot does not have. */
  readonly restore: (snapshot: ClusterSnapshot, options?: { readonly onlyNew: boolean }) => Promise<void>;
  /** Whatever runs the pods: asked for logs, exec and ports from now on. */
  setKubelet(kubelet: Kubelet): void;
  close(): Promise<void>;
}

/** One API server of this process, on loopback, over a store of its own. */
export const startApiServer = async (options: ApiServerOptions): Promise<ApiServer> => {
  const { credentials, clock = systemClock, serviceCIDR } = options;
  const store = await openStore(options.store);
  await readdressServices(store, serviceCIDR);
  let kubelet: Kubelet | undefined;
  const core: Core = {
    store,
    clock,
    registry: new Registry(builtinTypes()),
    addresses: createServiceAddresses(store, serviceCIDR),
    tokens: createTokens(credentials.tokenKey),
    podsNeedAccounts: options.podsNeedAccounts ?? false,
    kubelet: () => kubelet,
    onInternalError: options.onInternalError ?? (() => undefined),
  };
  const handler = createHandler(core);
  const definitions = manageDefinitions(core);
  const listener = await listen({
    handler,
    tokens: core.tokens,
    adminToken: credentials.adminToken,
    now: () => clock.now(),
    certificate: credentials.server.certificate,
    key: credentials.server.key,
    clientCA: credentials.authority.certificate,
    port: options.port,
    upgrades: kubeletUpgrades(core),
  });
  const server = `https://127.0.0.1:${listener.port}`;
  const client = connectVia(server, inProcessTransport(handler, SYSTEM));
  await bootstrap(client, { serviceIP: core.addresses.first, port: listener.port });
  return {
    endpoint: {
      server,
      ca: credentials.authority.certificate,
      clientCert: credentials.admin.certificate,
      clientKey: credentials.admin.key,
      token: undefined,
    },
    port: listener.port,
    client,
    snapshot: () => takeSnapshot(store),
    restore: (snapshot, { onlyNew } = { onlyNew: false }) => (onlyNew ? removeNew : restoreSnapshot)(store, snapshot),
    setKubelet: (one) => {
      kubelet = one;
    },
    close: async () => {
      definitions.stop();
      await listener.close();
      await store.close();
    },
  };
};

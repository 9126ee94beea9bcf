import path from "node:path";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { systemClock } from "../../lib/clock.ts";
import { places } from "../../state/places.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { ensureCredentials } from "./certificates.ts";
import type { Log } from "./controllers/context.ts";
import { startClusterControllers } from "./controllers/start.ts";
import { type LoopbackRange, claimLoopbackRange } from "./network/addresses.ts";
import { dialTcp } from "./network/dial.ts";
import { startGateway } from "./network/gateway/gateway.ts";
import { startServiceProxy } from "./network/proxy/service-proxy.ts";
import type { ClusterRecord } from "./record.ts";

/** A cluster of this process: its API server and everything that makes objects happen. */
export interface RunningCluster {
  /** Without a socket between. */
  readonly client: KubeClient;
  /** What has to be recorded for the next start: the same ports and addresses, where they are still free. */
  readonly record: ClusterRecord;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly record: ClusterRecord;
  /** The cluster's own folder. */
  readonly dir: string;
  readonly log: Log;
}

/** Starts a cluster over what its folder holds; resolves when its API server answers and its pods can run. */
export const startCluster = async (options: ClusterOptions): Promise<RunningCluster> => {
  const { record, dir } = options;
  const range = await claimLoopbackRange({
    dir: path.join(places(process.env).runtime, "loopback"),
    preferred: record.serviceCIDR,
  });
  try {
    const credentials = await ensureCredentials(dir, record.name, systemClock);
    const server = await startApiServer({
      store: { dir: path.join(dir, "store") },
      credentials,
      port: record.apiPort,
      serviceCIDR: range.serviceCIDR,
    });
    const workings = startWorkings(server, range, options, credentials.authority.certificate);
    return {
      client: server.client,
      record: { ...record, apiPort: server.port, serviceCIDR: range.serviceCIDR },
      stop: async () => {
        await workings.stop();
        await server.close();
        await range.release();
      },
    };
  } catch (error) {
    await range.release();
    throw error;
  }
};

/** What works in a cluster beside its API server; all of it only knows the API. */
const startWorkings = (
  { client }: ApiServer,
  _range: LoopbackRange,
  { record, log }: ClusterOptions,
  rootCA: string,
): { stop(): Promise<void> } => {
  const ending = new AbortController();
  const { signal } = ending;
  const controllers = startClusterControllers(client, {
    signal,
    log,
    nodeName: record.name,
    rootCA,
    finalize: (namespace) => finalize(client, namespace),
  });
  const proxy = startServiceProxy(client, { signal, log, dial: dialTcp });
  const [gatewayPort] = Object.values(record.gatewayPorts);
  const gateway = startGateway(client, {
    signal,
    log,
    listen: gatewayPort === undefined ? {} : { [EXTERNAL_GATEWAY]: { address: "127.0.0.1", port: gatewayPort } },
    dialService: (namespace, name, port) => proxy.dial({ namespace, name }, port),
  });
  return {
    stop: async () => {
      ending.abort(new Error("the cluster was stopped"));
      await Promise.all([controllers.stop(), proxy.closed, gateway.closed]);
    },
  };
};

const EXTERNAL_GATEWAY = "choreo-system/gateway-external";

const finalize = async (client: KubeClient, namespace: AnyObject): Promise<void> => {
  await client.replace(namespace, { subresource: "finalize" });
};

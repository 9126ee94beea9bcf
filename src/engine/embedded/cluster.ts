import path from "node:path";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { systemClock } from "../../lib/clock.ts";
import { manyListeners } from "../../lib/many-listeners.ts";
import { places } from "../../state/places.ts";
import { holderOf, isFreeSoon } from "../ports.ts";
import { createTokens } from "./api/tokens.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { ensureCredentials } from "./certificates.ts";
import type { Log } from "./controllers/context.ts";
import { startClusterControllers } from "./controllers/start.ts";
import { type LoopbackRange, claimLoopbackRange } from "./network/addresses.ts";
import { type GatewayServer, startGateway } from "./network/gateway/gateway.ts";
import { type ServiceProxy, startServiceProxy } from "./network/proxy/service-proxy.ts";
import { podTokens } from "./pod-token.ts";
import { watchRouteNames } from "./network/route-names.ts";
import type { ClusterRecord } from "./record.ts";
import type { PodFunction } from "./runtime/image/resolve.ts";
import { type Runtime, startRuntime } from "./runtime/start.ts";
import type { LogRecord } from "./store/record.ts";
import { startWorkflowController } from "./workflow/controller.ts";

/** A cluster of this process: its API server and everything that makes objects happen. */
export interface RunningCluster extends Pick<ApiServer, "snapshot" | "restore"> {
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
  /** Whether its state is on disk. In memory it ends with the process. Default: on disk. */
  readonly inMemory?: boolean | undefined;
  /** What a cluster in memory begins with. */
  readonly initial?: readonly LogRecord[] | undefined;
  /** What runs for an image, in this process. */
  readonly functions?: ReadonlyMap<string, PodFunction> | undefined;
}

/** Starts a cluster over what its folder holds; resolves when its API server answers and its pods can run. */
export const startCluster = async (options: ClusterOptions): Promise<RunningCluster> => {
  const begun: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of begun.splice(0).toReversed()) await end();
  };
  try {
    return { ...(await startParts(options, (end) => begun.push(end))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Starts one part after the other, and says of each how it is ended. */
const startParts = async (
  options: ClusterOptions,
  onBegun: (end: () => Promise<void>) => void,
): Promise<Omit<RunningCluster, "stop">> => {
  const { record, dir } = options;
  await checkGatewayPort(record);
  const range = await claimLoopbackRange({
    dir: path.join(places(process.env).runtime, "loopback"),
    preferred: record.serviceCIDR,
  });
  onBegun(() => range.release());
  const credentials = await ensureCredentials(dir, record.name, systemClock);
  const server = await startApiServer({
    store: options.inMemory === true ? { dir: undefined, initial: options.initial } : { dir: path.join(dir, "store") },
    credentials,
    port: record.apiPort,
    serviceCIDR: range.serviceCIDR,
    podsNeedAccounts: true,
    onInternalError: (error, request) =>
      options.log("error", `${request}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  });
  onBegun(() => server.close());
  const tokens = createTokens(credentials.tokenKey);
  const runtime = await startRuntime(server.client, {
    dir: path.join(dir, "node"),
    nodeName: record.name,
    podCIDR: range.podCIDR,
    log: options.log,
    api: { host: "127.0.0.1", port: server.port },
    runsImages: true,
    token: podTokens(server.client, tokens, systemClock),
    ...(options.functions === undefined ? {} : { functions: options.functions }),
  });
  onBegun(() => runtime.stop());
  server.setKubelet(runtime.kubelet);
  const workings = startWorkings(server.client, {
    ...options,
    range,
    runtime,
    rootCA: credentials.authority.certificate,
  });
  onBegun(() => workings.stop());
  const { client, snapshot, restore } = server;
  return { client, snapshot, restore, record: { ...record, apiPort: server.port, serviceCIDR: range.serviceCIDR } };
};

/** Better known now than by a gateway that never listens. */
const checkGatewayPort = async ({ name, gatewayPorts }: ClusterRecord): Promise<void> => {
  for (const [plane, port] of Object.entries(gatewayPorts)) {
    if (port === 0 || (await isFreeSoon(port))) continue;
    throw new ChoreoError("E_PORT_TAKEN", `127.0.0.1:${port} is taken${await holderOf(port)}`, {
      why: `the gateway of data plane ${plane} had it before and needs it again`,
      fix: `stop that program, or remove the platform and make it again: choreo-dev down, choreo-dev up (cluster ${name})`,
    });
  }
};

interface Workings extends ClusterOptions {
  readonly range: LoopbackRange;
  readonly runtime: Runtime;
  /** PEM of the authority that pods trust the API server by. */
  readonly rootCA: string;
}

/** What works in a cluster beside its API server and its node; all of it only knows the API. */
const startWorkings = (
  client: KubeClient,
  { record, log, range, runtime, rootCA }: Workings,
): { stop(): Promise<void> } => {
  const ending = new AbortController();
  const signal = manyListeners(ending.signal);
  const controllers = startClusterControllers(client, {
    signal,
    log,
    nodeName: record.name,
    rootCA,
    podCIDR: range.podCIDR,
    finalize: (namespace) => finalize(client, namespace),
  });
  const proxy = startServiceProxy(client, { signal, log, dial: ({ address, port }) => runtime.dial(address, port) });
  const isDataPlane = record.planes.some(({ role }) => role === "data");
  const gateway = isDataPlane ? openGateway(client, { record, log, signal, proxy, range, runtime }) : undefined;
  const isBuildPlane = record.planes.some(({ role }) => role === "build");
  const workflows = isBuildPlane ? startWorkflowController(client, { signal, log }) : undefined;
  // It waits for Argo's definitions, which an addon brings.
  workflows?.ready.catch(() => undefined);
  return {
    stop: async () => {
      ending.abort(new Error("the cluster was stopped"));
      await Promise.all([controllers.stop(), proxy.closed, gateway?.closed, workflows?.stop()]);
    },
  };
};

const EXTERNAL_GATEWAY = "choreo-system/gateway-external";
const INTERNAL_GATEWAY = "choreo-system/gateway-internal";
const HTTPS = 443;
/** Ports that this user may not listen on are moved up by as much, also those of pods. */
const MOVED_BY = 20_000;

const openGateway = (
  client: KubeClient,
  {
    record,
    log,
    signal,
    proxy,
    range,
    runtime,
  }: Omit<Workings, "rootCA" | "dir"> & {
    readonly signal: AbortSignal;
    readonly proxy: ServiceProxy;
  },
): GatewayServer => {
  const [port = 0] = Object.values(record.gatewayPorts);
  const internal = range.bindable ? range.podCIDR.replace(/\.0\.0\/17$/, ".255.253") : "127.0.0.1";
  void watchRouteNames(client, {
    gateway: INTERNAL_GATEWAY,
    signal,
    onChange: (names) => runtime.setNames(new Map(names.map((name) => [name, internal]))),
  }).catch(() => undefined);
  return startGateway(client, {
    signal,
    log,
    listen: {
      [EXTERNAL_GATEWAY]: { address: "127.0.0.1", port },
      [INTERNAL_GATEWAY]: { address: internal, port: runtime.firstPort > HTTPS ? HTTPS + MOVED_BY : HTTPS },
    },
    dialService: (namespace, name, servicePort) => proxy.dial({ namespace, name }, servicePort),
  });
};

const finalize = async (client: KubeClient, namespace: AnyObject): Promise<void> => {
  await client.replace(namespace, { subresource: "finalize" });
};

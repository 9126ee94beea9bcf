import { rm } from "node:fs/promises";
import path from "node:path";
import { contextName } from "../../config/names.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { Endpoint } from "../../k8s/types.ts";
import { kubeconfigText } from "../../k8s/kubeconfig.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { readJsonIfExists, writeFileAtomic } from "../../lib/fs.ts";
import type { ClusterSpec, ObservedCluster } from "../../plan/clusters.ts";
import { GATEWAY_NODE_PORT } from "../../plan/clusters.ts";
import type { Capability, ClusterHandle, Engine, RunContext } from "../engine.ts";
import type { Credentials } from "./certificates.ts";
import { preflightEmbedded } from "./preflight.ts";
import { removeLeftContainers } from "./runtime/docker/docker-node.ts";
import { openProcessTable } from "./runtime/process/table.ts";
import { type ClusterRecord, clusterDir, listRecords, readRecord, writeRecord } from "./record.ts";

/** The process that clusters live in. */
export interface ClusterHost {
  /** Names of the clusters whose API servers answer; undefined: the process does not run, or is of another version. */
  running(): Promise<readonly string[] | undefined>;
  /** Starts the process where it does not run, and in it the cluster; returns when its API server answers. */
  start(cluster: string, context: RunContext): Promise<void>;
  /** Ends the cluster, if it runs. */
  stop(cluster: string, context: RunContext): Promise<void>;
  /** The client of a cluster that lives in this very process. */
  client?(cluster: string): KubeClient | undefined;
}

export interface EmbeddedEngineOptions {
  /** One folder per cluster. */
  readonly clustersDir: string;
  readonly kubeconfigDir: string;
  readonly platformId: () => string;
  readonly host: ClusterHost;
}

/** Settings of nodes, which there are none of: the same for every platform. */
export const NO_NODE_SETTINGS = { files: "", proxy: "", cniFromAddon: false } as const;

/** Clusters in a process of this user: nothing but Node.js is needed. */
export const createEmbeddedEngine = (options: EmbeddedEngineOptions): Engine => {
  const { clustersDir, host } = options;
  return {
    name: "embedded",
    preflight: async (platform) => preflightEmbedded(platform, ((await host.running()) ?? []).length > 0),
    observe: async () => {
      const [records, running] = await Promise.all([listRecords(clustersDir), host.running()]);
      return records.map((record) => observed(record, running ?? []));
    },
    ensure: async (spec, context) => {
      await ensureRecord(options, spec);
      await host.start(spec.name, context);
      return handleOf(options, spec.name);
    },
    open: async (cluster) => {
      const running = await host.running();
      return running?.includes(cluster) === true ? handleOf(options, cluster) : undefined;
    },
    stop: (cluster, context) => host.stop(cluster, context),
    start: (cluster, context) => host.start(cluster, context),
    destroy: async (cluster, context) => {
      await host.stop(cluster, context);
      // The process that they ran in may have been killed, and its keeper with it.
      const node = path.join(clusterDir(clustersDir, cluster), "node");
      await (await openProcessTable(node)).killAll();
      await removeLeftContainers(node, process.env);
      await rm(clusterDir(clustersDir, cluster), { recursive: true, force: true });
      await rm(kubeconfigFile(options, cluster), { force: true });
    },
  };
};

const observed = (record: ClusterRecord, running: readonly string[]): ObservedCluster => ({
  name: record.name,
  state: running.includes(record.name) ? "running" : "stopped",
  nodeImage: "",
  podSubnet: "",
  serviceSubnet: "",
  ports: Object.values(record.gatewayPorts).map((hostPort) => ({ hostPort, nodePort: GATEWAY_NODE_PORT })),
  settings: NO_NODE_SETTINGS,
});

const ensureRecord = async ({ clustersDir, platformId }: EmbeddedEngineOptions, spec: ClusterSpec): Promise<void> => {
  if ((await readRecord(clustersDir, spec.name)) !== undefined) return;
  const gateway = spec.ports.find(({ nodePort }) => nodePort === GATEWAY_NODE_PORT);
  const data = spec.planes.filter(({ role }) => role === "data");
  await writeRecord(clustersDir, {
    name: spec.name,
    platformId: platformId(),
    planes: spec.planes,
    apiPort: 0,
    serviceCIDR: "",
    gatewayPorts: Object.fromEntries(
      data.flatMap(({ name }) => (gateway === undefined ? [] : [[name, gateway.hostPort]])),
    ),
  });
};

const CAPABILITIES: readonly Capability[] = ["stop"];

const kubeconfigFile = ({ kubeconfigDir }: EmbeddedEngineOptions, cluster: string): string =>
  path.join(kubeconfigDir, `${cluster}.yaml`);

/** Made from the cluster's own folder: a lost kubeconfig is written again. */
const handleOf = async (options: EmbeddedEngineOptions, cluster: string): Promise<ClusterHandle> => {
  const dir = clusterDir(options.clustersDir, cluster);
  const [record, credentials] = await Promise.all([
    readRecord(options.clustersDir, cluster),
    readJsonIfExists<Credentials>(path.join(dir, "credentials.json")),
  ]);
  if (record === undefined || credentials === undefined)
    throw new ChoreoError("E_STATE", `The folder of cluster ${cluster} is not complete`, {
      why: `${dir} lacks its record or its credentials`,
      fix: "choreo-dev up",
    });
  const endpoint: Endpoint = {
    server: `https://127.0.0.1:${record.apiPort}`,
    ca: credentials.authority.certificate,
    clientCert: credentials.admin.certificate,
    clientKey: credentials.admin.key,
  };
  const context = contextName(cluster, "embedded");
  const kubeconfig = kubeconfigFile(options, cluster);
  await writeFileAtomic(kubeconfig, kubeconfigText(context, endpoint), 0o600);
  const client = options.host.client?.(cluster);
  return { name: cluster, endpoint, context, kubeconfig, capabilities: new Set(CAPABILITIES), client };
};

import { type ClusterOptions, type RunningCluster, startCluster } from "../engine/embedded/cluster.ts";
import type { ClusterSnapshot } from "../engine/embedded/api/snapshot.ts";
import { clusterDir, listRecords, readRecord, writeRecord } from "../engine/embedded/record.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { HostSettings } from "../planes/supervisor-process.ts";
import type { Log } from "./controller.ts";

/** The embedded clusters of this process. */
export interface HostedClusters {
  running(): string[];
  /** The client of a cluster, without a socket between. */
  client(cluster: string): KubeClient | undefined;
  /** Idempotent; resolves when the API server answers. */
  start(cluster: string): Promise<void>;
  stop(cluster: string): Promise<void>;
  snapshot(): PlatformSnapshot;
  restore(snapshot: PlatformSnapshot, options?: { readonly onlyNew: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** All objects of all clusters, by cluster. */
export type PlatformSnapshot = ReadonlyMap<string, ClusterSnapshot>;

/** How clusters are kept and what runs in them, where it is not as usual. */
export interface ClusterWays extends Pick<ClusterOptions, "inMemory" | "functions"> {
  /** What a cluster in memory begins with, by its name. */
  readonly initial?: ((cluster: string) => ClusterOptions["initial"]) | undefined;
}

/** Starts every cluster that the platform's folder has: a supervisor that was killed comes back with all of them. */
export const hostClusters = (settings: HostSettings, log: Log, ways: ClusterWays = {}): HostedClusters => {
  const { clustersDir } = settings;
  const clusters = new Map<string, Promise<RunningCluster>>();
  const answering = new Map<string, RunningCluster>();
  const begin = async (name: string): Promise<RunningCluster> => {
    const record = await readRecord(clustersDir, name);
    if (record === undefined) throw new Error(`there is no record of cluster ${name}`);
    const began = performance.now();
    const cluster = await startCluster({
      record,
      dir: clusterDir(clustersDir, name),
      ...ways,
      initial: ways.initial?.(name),
      log: (level, message) => (level === "debug" ? undefined : log(level, `${name}: ${message}`)),
    });
    await writeRecord(clustersDir, cluster.record);
    log("info", `cluster ${name} answers after ${Math.round(performance.now() - began)} ms`);
    answering.set(name, cluster);
    return cluster;
  };
  const start = async (name: string): Promise<void> => {
    const running = clusters.get(name) ?? begin(name);
    clusters.set(name, running);
    await running.catch((error: unknown) => {
      clusters.delete(name);
      throw error;
    });
  };
  const stop = async (name: string): Promise<void> => {
    const running = clusters.get(name);
    clusters.delete(name);
    answering.delete(name);
    await (await running?.catch(() => undefined))?.stop();
  };
  void listRecords(clustersDir).then((records) =>
    records.map(({ name }) =>
      start(name).catch((error: unknown) => log("error", `cluster ${name} did not start: ${String(error)}`)),
    ),
  );
  return {
    running: () => [...answering.keys()],
    client: (name) => answering.get(name)?.client,
    start,
    stop,
    snapshot: () => new Map([...answering].map(([name, cluster]) => [name, cluster.snapshot()])),
    restore: async (snapshot, options) => {
      await Promise.all([...snapshot].map(async ([name, one]) => answering.get(name)?.restore(one, options)));
    },
    close: async () => {
      await Promise.all([...clusters.keys()].map(stop));
    },
  };
};

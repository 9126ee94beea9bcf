import { readdir } from "node:fs/promises";
import path from "node:path";
import { readJsonIfExists, writeFileAtomic } from "../../lib/fs.ts";
import type { PlaneOfCluster } from "../../plan/clusters.ts";

/** What is decided of a cluster when it is made, and kept as long as it is there. */
export interface ClusterRecord {
  readonly name: string;
  readonly platformId: string;
  readonly planes: readonly PlaneOfCluster[];
  /** Loopback port of its API server; 0 until it has run once. */
  readonly apiPort: number;
  /** Range of its services' loopback addresses; empty until it has run once. */
  readonly serviceCIDR: string;
  /** Loopback ports of the external gateways by data plane. */
  readonly gatewayPorts: Readonly<Record<string, number>>;
}

const FILE = "cluster.json";

export const clusterDir = (clustersDir: string, cluster: string): string => path.join(clustersDir, cluster);

export const readRecord = (clustersDir: string, cluster: string): Promise<ClusterRecord | undefined> =>
  readJsonIfExists<ClusterRecord>(path.join(clusterDir(clustersDir, cluster), FILE));

export const writeRecord = (clustersDir: string, record: ClusterRecord): Promise<void> =>
  writeFileAtomic(path.join(clusterDir(clustersDir, record.name), FILE), JSON.stringify(record), 0o600);

/** The records of all clusters of a platform, by name. */
export const listRecords = async (clustersDir: string): Promise<ClusterRecord[]> => {
  const names = await readdir(clustersDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const records = await Promise.all(
    names.toSorted((a, b) => a.localeCompare(b)).map((name) => readRecord(clustersDir, name)),
  );
  return records.filter((record) => record !== undefined);
};

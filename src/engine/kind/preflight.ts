import { readFile, statfs } from "node:fs/promises";
import type Docker from "dockerode";
import semver from "semver";
import type { Platform } from "../../config/model.ts";
import { layoutClusters } from "../../plan/clusters.ts";
import type { Finding } from "../engine.ts";
import { portFindings } from "../ports.ts";
import { SUPPORTED_KUBERNETES, kubernetesVersionOf, startsOnCgroup } from "./node-image.ts";
import { type ForeignCluster, foreignClusters, listNodes } from "./nodes.ts";

/** Measured with every addon: a node with a control plane alone needs less, one with Cilium and gateways more. */
const MEMORY_PER_CLUSTER = 1.3e9;
const DISK_PER_CLUSTER = 4e9;
/** kubelet, containerd and the agents of one node; OpenChoreo's own figure for four clusters is 1024 instances. */
const INOTIFY_INSTANCES_PER_CLUSTER = 128;
const INOTIFY_WATCHES_PER_CLUSTER = 16_384;

export interface PreflightInput {
  readonly docker: Docker;
  readonly network: string;
  /** The one that new nodes would get; undefined: what the configuration says. */
  readonly nodeImage?: string | undefined;
}

/** Facts about this machine that decide whether the platform can be made, before anything is. */
export const preflightKind = async (
  { docker, network, nodeImage }: PreflightInput,
  platform: Platform,
): Promise<Finding[]> => {
  const layout = layoutClusters(platform);
  const [info, existing, foreign] = await Promise.all([
    docker.info() as Promise<DockerInfo>,
    listNodes(docker, network),
    foreignClusters(docker, network),
  ]);
  const missing = layout.filter(({ name }) => !existing.some((node) => node.cluster === name));
  const findings: Finding[] = [
    engineVersion(info),
    memory(info, missing.length),
    await disk(info, missing.length),
    ...(await inotify(missing.length)),
    cgroups(info, nodeImage ?? platform.kubernetes.nodeImage),
    ...names(
      missing.map(({ name }) => name),
      foreign,
    ),
    ...(await portFindings(platform, existing.length > 0)),
  ];
  return findings;
};

interface DockerInfo {
  readonly ServerVersion: string;
  readonly MemTotal: number;
  readonly NCPU: number;
  readonly DockerRootDir: string;
  readonly CgroupVersion?: string;
  readonly OperatingSystem?: string;
}

const engineVersion = ({ ServerVersion, NCPU, MemTotal }: DockerInfo): Finding => {
  const version = semver.coerce(ServerVersion);
  const message = `Docker ${ServerVersion}, ${NCPU} cores, ${gigabytes(MemTotal)} memory`;
  if (version !== null && semver.gte(version, "20.10.0")) return { id: "docker", level: "ok", message };
  return {
    id: "docker",
    level: "refuse",
    code: "E_ENGINE_UNSUPPORTED",
    message: `Docker ${ServerVersion} is too old`,
    why: "kind needs 20.10 or newer",
    fix: "update Docker",
  };
};

const memory = ({ MemTotal }: DockerInfo, clusters: number): Finding => {
  const needed = clusters * MEMORY_PER_CLUSTER;
  if (MemTotal >= needed)
    return { id: "memory", level: "ok", message: `${gigabytes(MemTotal)} of memory for ${count(clusters)}` };
  return {
    id: "memory",
    level: "refuse",
    code: "E_MEMORY",
    message: `Docker has ${gigabytes(MemTotal)} of memory; ${count(clusters)} need about ${gigabytes(needed)}`,
    why: "nodes that run out of memory fail later, one pod at a time",
    fix: "give Docker more memory, or use topology: colocated",
  };
};

const disk = async ({ DockerRootDir }: DockerInfo, clusters: number): Promise<Finding> => {
  // Inside a virtual machine (Docker Desktop) or on another host the folder is not ours to see.
  const stats = await statfs(DockerRootDir).catch(() => undefined);
  if (stats === undefined) return { id: "disk", level: "ok", message: "Docker's disk is not visible from here" };
  const free = stats.bavail * stats.bsize;
  const needed = clusters * DISK_PER_CLUSTER;
  if (free >= needed) return { id: "disk", level: "ok", message: `${gigabytes(free)} free in ${DockerRootDir}` };
  return {
    id: "disk",
    level: "refuse",
    code: "E_DISK",
    message: `${gigabytes(free)} are free in ${DockerRootDir}; ${count(clusters)} need about ${gigabytes(needed)}`,
    why: "a full disk makes kubelets evict pods, which looks random",
    fix: "docker system prune, or make room on that disk",
  };
};

const inotify = async (clusters: number): Promise<Finding[]> => {
  if (process.platform !== "linux") return [];
  const limits: readonly (readonly [string, number])[] = [
    ["max_user_instances", INOTIFY_INSTANCES_PER_CLUSTER * clusters],
    ["max_user_watches", INOTIFY_WATCHES_PER_CLUSTER * clusters],
  ];
  const findings = await Promise.all(
    limits.map(async ([name, needed]): Promise<Finding[]> => {
      const limit = Number(await readFile(`/proc/sys/fs/inotify/${name}`, "utf8").catch(() => "NaN"));
      if (Number.isNaN(limit)) return [];
      const id = `inotify-${name}`;
      if (limit >= needed) return [{ id, level: "ok", message: `fs.inotify.${name} is ${limit}` }];
      return [
        {
          id,
          level: "refuse",
          code: "E_INOTIFY",
          message: `fs.inotify.${name} is ${limit}; ${count(clusters)} need ${needed}`,
          why: 'pods would crash with "too many open files"',
          fix: `sudo sysctl fs.inotify.${name}=${Math.max(needed, name === "max_user_instances" ? 1024 : 524_288)}`,
          fixable: true,
        },
      ];
    }),
  );
  return findings.flat();
};

const cgroups = ({ CgroupVersion }: DockerInfo, nodeImage: string | undefined): Finding => {
  const version = nodeImage === undefined ? undefined : kubernetesVersionOf(nodeImage);
  if (version !== undefined && !semver.satisfies(version, SUPPORTED_KUBERNETES)) {
    return {
      id: "kubernetes",
      level: "refuse",
      code: "E_ENGINE_UNSUPPORTED",
      message: `Kubernetes ${version} (${nodeImage}) is not supported`,
      why: `this release was made for ${SUPPORTED_KUBERNETES}`,
      fix: "set kubernetes.nodeImage to a supported one, or leave it out",
    };
  }
  if (version !== undefined && !startsOnCgroup(version, CgroupVersion)) {
    return {
      id: "cgroup",
      level: "refuse",
      code: "E_CGROUP",
      message: `Docker runs on cgroup v1, and Kubernetes ${version} does not start there`,
      why: "kubelets from 1.35 on refuse cgroup v1",
      fix: "boot with systemd.unified_cgroup_hierarchy=1, or use kindest/node:v1.34.x",
    };
  }
  return { id: "cgroup", level: "ok", message: `cgroup v${CgroupVersion ?? "?"}` };
};

const names = (wanted: readonly string[], foreign: readonly ForeignCluster[]): Finding[] =>
  foreign
    .filter(({ name }) => wanted.includes(name))
    .map(({ name, platform }) => ({
      id: `name-${name}`,
      level: "refuse",
      code: "E_NAME_TAKEN",
      ...(platform === undefined
        ? {
            message: `A kind cluster named ${name} exists that choreo-dev did not make`,
            why: "it is on another Docker network; it will not be touched",
            fix: `choose another name in choreo-dev.yaml, or remove it: kind delete cluster --name ${name}`,
          }
        : {
            message: `Cluster ${name} belongs to platform "${platform}"`,
            why: "clusters are named after their platform and plane, and these two come to the same",
            fix: `choose another name in choreo-dev.yaml, or remove that platform: choreo-dev down --platform ${platform}`,
          }),
    }));

const count = (clusters: number): string => `${clusters} new ${clusters === 1 ? "cluster" : "clusters"}`;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;

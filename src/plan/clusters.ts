import { clusterName } from "../config/names.ts";
import type { Platform, PlaneRole } from "../config/model.ts";
import { allocateBlock, halves } from "./subnets.ts";

/** Node port of the external gateway in every data plane; the host port in front of it is recorded per plane. */
export const GATEWAY_NODE_PORT = 30443;
/** Mapped at creation and free, so that a new listener needs no new node (mappings are fixed when a node is made). */
export const SPARE_NODE_PORTS: readonly number[] = [30480, 30481, 30482, 30483];

export interface PlaneOfCluster {
  readonly name: string;
  readonly role: PlaneRole;
}

/** Settings of a cluster's nodes, as hashes to compare. */
export interface ClusterSettings {
  /** Registries and CAs, which a running node takes. */
  readonly files: string;
  /** Proxy variables, which are fixed when a node is made. */
  readonly proxy: string;
  readonly cniFromAddon: boolean;
}

/** A cluster as the plan wants it. */
export interface ClusterSpec {
  readonly platform: string;
  /** `<platform>` or `<platform>-<plane>`; also kind's cluster name. */
  readonly name: string;
  /** Planes it hosts. A colocated platform has one cluster with all three roles. */
  readonly planes: readonly PlaneOfCluster[];
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** True when an addon brings the CNI and the engine's own must stay off. */
  readonly cniFromAddon: boolean;
  readonly nodeImage: string;
  /** Loopback ports in front of node ports; host port 0 lets the engine pick one. */
  readonly ports: readonly { readonly hostPort: number; readonly nodePort: number }[];
}

/** What is really there, read from real things and never from a state file alone. */
export interface ObservedCluster {
  readonly name: string;
  readonly state: "running" | "stopped" | "half-made";
  readonly nodeImage: string;
  readonly podSubnet: string | undefined;
  readonly serviceSubnet: string | undefined;
  readonly ports: readonly { readonly hostPort: number; readonly nodePort: number }[];
  /** Undefined while it is half made. */
  readonly settings: ClusterSettings | undefined;
}

/** Planes by cluster, in the order control, data…, build. */
export const layoutClusters = (platform: Platform): { name: string; planes: PlaneOfCluster[] }[] => {
  const planes: PlaneOfCluster[] = [
    { name: "control", role: "control" },
    ...platform.planes.data.map(({ name }) => ({ name, role: "data" as const })),
    { name: "build", role: "build" },
  ];
  if (platform.topology === "colocated") return [{ name: clusterName(platform.name, "control", "colocated"), planes }];
  return planes.map((plane) => ({ name: clusterName(platform.name, plane.name, "multi-cluster"), planes: [plane] }));
};

/** A cluster of the embedded engine, which chooses its own addresses and has no nodes. */
export const embeddedSpec = (
  platform: Platform,
  { name, planes }: { readonly name: string; readonly planes: readonly PlaneOfCluster[] },
  gatewayPorts: Readonly<Record<string, number>>,
): ClusterSpec => ({
  platform: platform.name,
  name,
  planes,
  podSubnet: "",
  serviceSubnet: "",
  cniFromAddon: false,
  nodeImage: "",
  ports: planes
    .filter(({ role }) => role === "data")
    .map((plane) => ({ hostPort: gatewayPorts[plane.name] ?? 0, nodePort: GATEWAY_NODE_PORT })),
});

export interface ClusterFacts {
  readonly nodeImage: string;
  readonly observed: readonly ObservedCluster[];
  /** Subnets that must not be used: docker networks, host routes, other platforms. */
  readonly taken: readonly string[];
  /** Chosen loopback port of each data plane's gateway. */
  readonly gatewayPorts: Readonly<Record<string, number>>;
}

/** Completes the layout: a cluster that exists keeps its subnets and ports, a new one gets free ones. */
export const specifyClusters = (platform: Platform, facts: ClusterFacts): ClusterSpec[] => {
  const taken = [...facts.taken];
  for (const { podSubnet, serviceSubnet } of facts.observed)
    taken.push(...[podSubnet, serviceSubnet].flatMap((s) => s ?? []));
  return layoutClusters(platform).map(({ name, planes }) => {
    const existing = facts.observed.find((cluster) => cluster.name === name);
    let { podSubnet, serviceSubnet } = existing ?? {};
    if (podSubnet === undefined || serviceSubnet === undefined) {
      const block = allocateBlock(platform.network.pool, 19, taken);
      taken.push(block);
      [podSubnet, serviceSubnet] = halves(block);
    }
    const data = planes.filter(({ role }) => role === "data");
    const gateways = data.map((plane) => ({
      hostPort: facts.gatewayPorts[plane.name] ?? 0,
      nodePort: GATEWAY_NODE_PORT,
    }));
    const spare = data.length === 0 ? [] : SPARE_NODE_PORTS.map((nodePort) => ({ hostPort: 0, nodePort }));
    return {
      platform: platform.name,
      name,
      planes,
      podSubnet,
      serviceSubnet,
      cniFromAddon: data.length > 0 && platform.addons.cilium.enabled,
      nodeImage: facts.nodeImage,
      ports: [...gateways, ...spare],
    };
  });
};

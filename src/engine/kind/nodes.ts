import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import type { ObservedCluster } from "../../plan/clusters.ts";
import { MARKER_PATH, type Marker, parseMarker } from "./marker.ts";
import { clusterSettings } from "./node-settings.ts";

/** A node of one of our clusters as Docker sees it. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  readonly running: boolean;
  readonly image: string;
  /** Loopback port of the API server. */
  readonly apiPort: number | undefined;
  readonly ports: readonly { readonly hostPort: number; readonly nodePort: number }[];
  readonly address: string | undefined;
  /** When it was last started, ms since the epoch; undefined while it does not run. */
  readonly startedAt: number | undefined;
}

const CLUSTER_LABEL = "io.x-k8s.kind.cluster";

/** Nodes of kind clusters on one network, which is what makes them ours; of all clusters or one. */
export const listNodes = (docker: Docker, network: string, cluster?: string): Promise<Node[]> =>
  poll(
    async () => {
      const looks = await Promise.all(
        (await kindContainers(docker, cluster))
          .filter((container) => isOn(container, network))
          .map((container) => inspectNode(docker, container, network)),
      );
      const unborn = looks.find((look) => look.state === "unborn");
      if (unborn !== undefined) return { done: false, missing: `container ${unborn.name} is still being made` };
      return { done: true, value: looks.flatMap((look) => (look.state === "there" ? [look.node] : [])) };
    },
    { timeoutMs: 30_000, what: "Docker to tell of its nodes", code: "E_DOCKER" },
  );

export interface ForeignCluster {
  readonly name: string;
  /** The platform it belongs to; undefined for a cluster that choreo-dev did not make. */
  readonly platform: string | undefined;
}

/** kind clusters that sit on other networks: their names are taken, and they are never touched. */
export const foreignClusters = async (docker: Docker, network: string): Promise<ForeignCluster[]> => {
  const foreign = (await kindContainers(docker)).filter((container) => !isOn(container, network));
  return foreign.map(({ Labels, HostConfig }) => ({
    name: Labels[CLUSTER_LABEL] ?? "",
    platform: /^choreo-dev-(.+)$/.exec(HostConfig.NetworkMode)?.[1],
  }));
};

const kindContainers = (docker: Docker, cluster?: string): Promise<Docker.ContainerInfo[]> => {
  const label = cluster === undefined ? CLUSTER_LABEL : `${CLUSTER_LABEL}=${cluster}`;
  return docker.listContainers({ all: true, filters: { label: [label] } });
};

/** A container that Docker is still making has its network mode already, and no networks yet. */
const isOn = ({ HostConfig, NetworkSettings }: Docker.ContainerInfo, network: string): boolean =>
  HostConfig.NetworkMode === network || NetworkSettings.Networks[network] !== undefined;

export const observeCluster = (node: Node, marker: Marker | undefined): ObservedCluster => ({
  name: node.cluster,
  state: marker === undefined ? "half-made" : node.running ? "running" : "stopped",
  nodeImage: marker?.nodeImage ?? node.image,
  podSubnet: marker?.podSubnet,
  serviceSubnet: marker?.serviceSubnet,
  ports: node.ports,
  settings: marker === undefined ? undefined : clusterSettings(marker.settings),
});

/**
 * What a node says of itself; undefined for one that is half made, or gone meanwhile. Docker takes a tenth of a second and
 * more for it.
 */
export const readMarker = async (docker: Docker, { id }: Node): Promise<Marker | undefined> => {
  const text = await readNodeFile(docker, id, MARKER_PATH).catch(async (error: unknown) => {
    const now = await inspectContainer(docker, id);
    if (now === undefined || isLeaving(now)) return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseMarker(text);
};

type Look =
  | { readonly state: "there"; readonly node: Node }
  | { readonly state: "gone" }
  /** Listed, and not found under its id: Docker is still making it. */
  | { readonly state: "unborn"; readonly name: string };

/** Docker lists containers that are on their way in or out, and cannot read them. */
const inspectNode = async (docker: Docker, listed: Docker.ContainerInfo, network: string): Promise<Look> => {
  const id = listed.Id;
  const facts = await inspectContainer(docker, id);
  if (facts === undefined) {
    const stillListed = (await kindContainers(docker)).some(({ Id, State }) => Id === id && State === "created");
    return stillListed ? { state: "unborn", name: listed.Names[0]?.replace(/^\//, "") ?? id } : { state: "gone" };
  }
  return isLeaving(facts) ? { state: "gone" } : { state: "there", node: nodeOf(facts, network) };
};

const isLeaving = ({ State }: Docker.ContainerInspectInfo): boolean => State.Dead || State.Status === "removing";

const nodeOf = (facts: Docker.ContainerInspectInfo, network: string): Node => {
  const bindings = Object.entries((facts.HostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>);
  const ports = bindings.flatMap(([key, hosts]) =>
    hosts.map(({ HostPort }) => ({ nodePort: Number(key.split("/")[0]), hostPort: Number(HostPort) })),
  );
  return {
    id: facts.Id,
    name: facts.Name.replace(/^\//, ""),
    cluster: facts.Config.Labels[CLUSTER_LABEL] ?? "",
    running: facts.State.Running,
    image: facts.Config.Image,
    apiPort: ports.find(({ nodePort }) => nodePort === 6443)?.hostPort,
    ports: ports.filter(({ nodePort }) => nodePort !== 6443),
    startedAt: facts.State.Running ? Date.parse(facts.State.StartedAt) : undefined,
    address: facts.NetworkSettings.Networks[network]?.IPAddress || undefined,
  };
};

/** Text of one file of a container, running or not; undefined when there is none. */
export const readNodeFile = async (docker: Docker, id: string, file: string): Promise<string | undefined> => {
  try {
    const archive = (await docker.getContainer(id).getArchive({ path: file })) as unknown as Readable;
    const reader = extract();
    archive.pipe(reader);
    let text: string | undefined;
    for await (const entry of reader) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      text ??= Buffer.concat(chunks).toString("utf8");
    }
    return text;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw new ChoreoError("E_DOCKER", `${file} of container ${id.slice(0, 12)} could not be read`, {
      why: messageOf(error),
      cause: error,
    });
  }
};

const inspectContainer = async (docker: Docker, id: string): Promise<Docker.ContainerInspectInfo | undefined> => {
  try {
    return await docker.getContainer(id).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw new ChoreoError("E_DOCKER", `Container ${id.slice(0, 12)} could not be inspected`, {
      why: messageOf(error),
      cause: error,
    });
  }
};

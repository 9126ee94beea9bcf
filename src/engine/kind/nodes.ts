import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import type { ObservedCluster } from "../../plan/clusters.ts";
import { MARKER_PATH, type Marker, parseMarker } from "./marker.ts";

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
  readonly marker: Marker | undefined;
}

const CLUSTER_LABEL = "io.x-k8s.kind.cluster";

/** Nodes of kind clusters on one network: the network is what makes them ours. */
export const listNodes = async (docker: Docker, network: string): Promise<Node[]> => {
  const containers = await docker.listContainers({
    all: true,
    filters: { label: [CLUSTER_LABEL], network: [network] },
  });
  const nodes = await Promise.all(containers.map(({ Id }) => inspectNode(docker, Id, network)));
  return nodes.filter((node) => node !== undefined);
};

/** Names of kind clusters that sit on other networks: taken, and never touched. */
export const foreignClusters = async (docker: Docker, network: string): Promise<string[]> => {
  const containers = await docker.listContainers({ all: true, filters: { label: [CLUSTER_LABEL] } });
  const foreign = containers.filter(({ NetworkSettings }) => NetworkSettings.Networks[network] === undefined);
  return [...new Set(foreign.flatMap(({ Labels }) => Labels[CLUSTER_LABEL] ?? []))];
};

export const observeCluster = (node: Node): ObservedCluster => ({
  name: node.cluster,
  state: node.marker === undefined ? "half-made" : node.running ? "running" : "stopped",
  nodeImage: node.marker?.nodeImage ?? node.image,
  podSubnet: node.marker?.podSubnet,
  serviceSubnet: node.marker?.serviceSubnet,
  ports: node.ports,
});

/** Undefined for a container that is gone, or on its way out: Docker lists those for a moment, and cannot read them. */
const inspectNode = async (docker: Docker, id: string, network: string): Promise<Node | undefined> => {
  const facts = await inspectContainer(docker, id);
  if (facts === undefined || facts.State.Dead || facts.State.Status === "removing") return undefined;
  const markerText = await readNodeFile(docker, id, MARKER_PATH).catch(async (error: unknown) => {
    const now = await inspectContainer(docker, id);
    if (now === undefined || now.State.Dead || now.State.Status === "removing") return undefined;
    throw error;
  });
  const bindings = Object.entries((facts.HostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>);
  const ports = bindings.flatMap(([key, hosts]) =>
    hosts.map(({ HostPort }) => ({ nodePort: Number(key.split("/")[0]), hostPort: Number(HostPort) })),
  );
  return {
    id,
    name: facts.Name.replace(/^\//, ""),
    cluster: facts.Config.Labels[CLUSTER_LABEL] ?? "",
    running: facts.State.Running,
    image: facts.Config.Image,
    apiPort: ports.find(({ nodePort }) => nodePort === 6443)?.hostPort,
    ports: ports.filter(({ nodePort }) => nodePort !== 6443),
    address: facts.NetworkSettings.Networks[network]?.IPAddress || undefined,
    marker: markerText === undefined ? undefined : parseMarker(markerText),
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

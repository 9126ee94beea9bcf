import type Docker from "dockerode";
import { execInNode } from "../engine/kind/node-io.ts";
import { networkName } from "../planes/identity.ts";
import type { Source } from "./part.ts";

const LINES = 4000;
const LARGEST_STATE = 64 * 1024;
const UNITS = ["kubelet", "containerd"] as const;

/** State and logs of the containers of a platform: its nodes and its registry. */
export const dockerSources = async (docker: Docker, platform: string, limit: number): Promise<Source[]> => {
  const network = networkName(platform);
  const containers = (await docker.listContainers({ all: true })).filter(
    ({ HostConfig, NetworkSettings }) =>
      HostConfig.NetworkMode === network || NetworkSettings.Networks[network] !== undefined,
  );
  const each = Math.floor((limit - containers.length * LARGEST_STATE) / Math.max(1, containers.length * 3));
  return containers.flatMap((container) => containerSources(docker, container, Math.max(0, each)));
};

const containerSources = (
  docker: Docker,
  { Id: id, Names, Labels, State }: Docker.ContainerInfo,
  limit: number,
): Source[] => {
  const folder = `containers/${Names[0]?.replace(/^\//, "") ?? id}`;
  const isNode = Labels["io.x-k8s.kind.cluster"] !== undefined;
  const units = isNode && State === "running" ? UNITS : [];
  return [
    { path: `${folder}/state.json`, limit: LARGEST_STATE, read: (hide) => stateText(docker, id, hide.value) },
    {
      path: `${folder}/output.log`,
      limit,
      read: async () => {
        const bytes = await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: LINES, timestamps: true });
        return withoutFrames(bytes);
      },
    },
    ...units.map((unit) => ({
      path: `${folder}/${unit}.log`,
      limit,
      read: async () =>
        (await execInNode(docker, id, ["journalctl", "-u", unit, "-n", String(LINES), "--no-pager", "-o", "short-iso"]))
          .stdout,
    })),
  ];
};

const stateText = async (docker: Docker, id: string, hide: (value: unknown) => unknown): Promise<string> => {
  const { Name, Image, Created, State, RestartCount, NetworkSettings, HostConfig, Config } = await docker
    .getContainer(id)
    .inspect();
  const { Networks, Ports } = NetworkSettings;
  const { Memory, NanoCpus, PortBindings, Binds } = HostConfig;
  const state = {
    name: Name,
    image: Config.Image,
    imageId: Image,
    created: Created,
    state: State,
    restartCount: RestartCount,
    networks: Networks,
    ports: Ports,
    host: { Memory, NanoCpus, PortBindings, Binds },
  };
  return `${JSON.stringify(hide(state), undefined, 1)}\n`;
};

const HEADER = 8;

/** Docker puts eight bytes before each piece of output, unless the container has a terminal. */
const withoutFrames = (bytes: Buffer): string => {
  const isFramed = bytes.length >= HEADER && bytes.readUInt8(0) <= 2 && bytes.readUIntBE(1, 3) === 0;
  if (!isFramed) return bytes.toString("utf8");
  const pieces: Buffer[] = [];
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = bytes.readUInt32BE(at + 4);
    pieces.push(bytes.subarray(at + HEADER, at + HEADER + length));
    at += HEADER + length;
  }
  return Buffer.concat(pieces).toString("utf8");
};

import { mkdir } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";
import { connectDocker } from "../../../../docker/client.ts";
import { readJsonIfExists, writeFileAtomic } from "../../../../lib/fs.ts";

/** Docker, where it is there, as a node of this engine uses it. */
export interface DockerNode {
  /** Undefined where none answers; asked anew each time, as it may be started later. */
  connect(): Promise<Docker | undefined>;
  /** On every container: by them they are found after the death of this process. */
  readonly labels: Readonly<Record<string, string>>;
  /** To be called before the first container is made: from then on there may be some to remove. */
  remember(): Promise<void>;
}

/** What is kept of containers in the folder of a node: the keeper reads it, too. */
interface Remembered {
  readonly socketPath: string | undefined;
  readonly label: string;
}

const FILE = "containers.json";
const NODE_LABEL = "choreo.dev/node";

/** `id`: of the node, nothing else on this machine has it. */
export const createDockerNode = (dir: string, id: string, env: NodeJS.ProcessEnv): DockerNode => {
  const label = `${NODE_LABEL}=${id}`;
  let remembered: Promise<void> | undefined;
  let socketPath: string | undefined;
  return {
    labels: { "choreo.dev/engine": "embedded", [NODE_LABEL]: id },
    connect: async () => {
      try {
        const { docker, host } = await connectDocker(env);
        socketPath = host.url.startsWith("unix://") ? host.url.slice("unix://".length) : undefined;
        return docker;
      } catch {
        return undefined;
      }
    },
    remember: () => (remembered ??= write(dir, { socketPath, label })),
  };
};

const write = async (dir: string, remembered: Remembered): Promise<void> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(path.join(dir, FILE), JSON.stringify(remembered), 0o600);
};

/** Removes the containers that an earlier life of the same folder left. Does not even look for Docker where there were none. */
export const removeLeftContainers = async (dir: string, env: NodeJS.ProcessEnv): Promise<number> => {
  const remembered = await readJsonIfExists<Remembered>(path.join(dir, FILE));
  if (remembered === undefined) return 0;
  const { docker } = await connectDocker(env);
  const found = await docker.listContainers({ all: true, filters: { label: [remembered.label] } });
  await Promise.all(found.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ifThere)));
  return found.length;
};

/** Gone already, or going: that is what was wanted. */
const ifThere = (error: { statusCode?: number }): void => {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
};

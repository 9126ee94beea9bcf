import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import { exportImages } from "../../docker/image-export.ts";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import type { RunContext } from "../engine.ts";
import { execInNode } from "./node-io.ts";
import { type Node, listNodes } from "./nodes.ts";

export interface ImageLoad {
  readonly docker: Docker;
  readonly network: string;
  /** Clusters whose nodes want the images; they may still be booting. */
  readonly clusters: readonly string[];
  readonly images: readonly string[];
}

/**
 * Streams images of the host's Docker into the nodes of clusters, all nodes from one export, starting as soon as their
 * containerd answers and so while Kubernetes still boots. Images that the host does not have are left to the node's own
 * pull. Returns how many were sent.
 */
export const loadImages = async (load: ImageLoad, context: RunContext): Promise<{ sent: number; absent: string[] }> => {
  const { docker, images } = load;
  const present = await Promise.all(images.map((image) => isLocal(docker, image)));
  const local = images.filter((_image, index) => present[index]);
  const absent = images.filter((_image, index) => present[index] !== true);
  if (local.length === 0) return { sent: 0, absent };
  context.progress("waiting for the node's containerd");
  const nodes = await Promise.all(load.clusters.map((cluster) => nodeWithContainerd(load, cluster, context.signal)));
  const lacking = await Promise.all(
    nodes.map(async (node) => ({ node, images: await missingImages(docker, node, local) })),
  );
  const targets = lacking.filter((one) => one.images.length > 0).map(({ node }) => node);
  const wanted = local.filter((image) => lacking.some((one) => one.images.includes(image)));
  if (wanted.length === 0) return { sent: 0, absent };
  context.progress(`streaming ${wanted.length} images`);
  const tar = await exportImages(docker, wanted, context.signal);
  await Promise.all(
    fanOut(tar, targets.length).map((stream, index) =>
      importInto(docker, targets[index] as Node, stream, context.signal),
    ),
  );
  return { sent: wanted.length, absent };
};

/** Which of the images a node does not have. */
export const missingImages = async (docker: Docker, node: Node, images: readonly string[]): Promise<string[]> => {
  const { code, stdout } = await execInNode(docker, node.id, ["ctr", "-n", "k8s.io", "images", "ls", "-q"]);
  if (code !== 0) return [...images];
  const there = new Set(stdout.split("\n"));
  return images.filter((image) => !there.has(image));
};

const isLocal = async (docker: Docker, image: string): Promise<boolean> => {
  try {
    await docker.getImage(image).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw new ChoreoError("E_DOCKER", `Docker could not be asked for image ${image}`, {
      why: messageOf(error),
      cause: error,
    });
  }
};

const nodeWithContainerd = (load: ImageLoad, cluster: string, signal: AbortSignal): Promise<Node> =>
  poll<Node>(
    async () => {
      const node = (await listNodes(load.docker, load.network, cluster)).find(({ running }) => running);
      if (node === undefined) return { done: false, missing: `the node of ${cluster} does not run yet` };
      const answer = await execInNode(load.docker, node.id, ["ctr", "version"], { signal }).catch(() => undefined);
      return answer?.code === 0
        ? { done: true, value: node }
        : { done: false, missing: `containerd in ${node.name} does not answer yet` };
    },
    { what: `the node of ${cluster}`, timeoutMs: 300_000, intervalMs: 100, maxIntervalMs: 400, signal },
  );

const fanOut = (source: Readable, copies: number): Readable[] => {
  if (copies === 1) return [source];
  const streams = Array.from({ length: copies }, () => new PassThrough({ highWaterMark: 4 * 1024 * 1024 }));
  for (const stream of streams) source.pipe(stream);
  source.on("error", (error) => streams.forEach((stream) => stream.destroy(error)));
  return streams;
};

const importInto = async (docker: Docker, node: Node, tar: Readable, signal: AbortSignal): Promise<void> => {
  const argv = ["ctr", "-n", "k8s.io", "images", "import", "-"];
  const { code, stderr } = await execInNode(docker, node.id, argv, { stdin: tar, signal });
  if (code === 0) return;
  throw new ChoreoError("E_IMAGE", `Images could not be imported into node ${node.name}`, {
    why: stderr.trim().split("\n").at(-1) ?? `ctr ended with ${code}`,
    fix: "choreo-dev up again; choreo-dev doctor checks the disk",
  });
};

import { createHash } from "node:crypto";
import type Docker from "dockerode";
import { exportImages } from "../../docker/image-export.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import { execInNode } from "./node-io.ts";

/** Repository of node images that carry a platform's images already; a cache, like the folder of downloads. */
export const BAKED_REPOSITORY = "choreo-dev/node";

export interface BakeInput {
  readonly docker: Docker;
  readonly nodeImage: string;
  /** Images to carry; those that the host lacks make baking impossible, not wrong. */
  readonly images: readonly string[];
}

/**
 * The node image that carries the wanted images, if it was made before. Its name holds the ids of everything in it, so a
 * changed tag is never served from an old one.
 */
export const findBakedImage = async (input: BakeInput): Promise<string | undefined> => {
  const tag = await bakedTag(input);
  return tag !== undefined && (await idOf(input.docker, tag)) !== undefined ? tag : undefined;
};

/**
 * Makes the node image that carries the images: they are imported and unpacked once, in a container of the node image
 * itself, and committed. A node made from it starts with them in place, for the price of copying them (3 s instead of
 * 20 s of both cores while Kubernetes boots; docs/images.md). `labels` mark the container for the platform's clean-up.
 */
export const bakeImage = async (
  input: BakeInput,
  options: { readonly labels: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<string | undefined> => {
  const tag = await bakedTag(input);
  if (tag === undefined || (await idOf(input.docker, tag)) !== undefined) return tag;
  const { docker } = input;
  const container = await docker.createContainer({
    Image: input.nodeImage,
    Entrypoint: ["sleep"],
    Cmd: ["infinity"],
    Labels: { ...options.labels },
    // It works beside what the user does: a fraction of the processor whenever somebody else wants it.
    HostConfig: { Privileged: true, CpuShares: 64, NetworkMode: "none" },
  });
  try {
    await container.start();
    await importInto(docker, container.id, input.images, options.signal);
    await commit(docker, container.id, input.nodeImage, tag);
    return tag;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => undefined);
  }
};

const importInto = async (
  docker: Docker,
  id: string,
  images: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  const inside: Inside = async (...argv) => {
    const { code, stdout, stderr } = await execInNode(docker, id, argv, { signal });
    if (code !== 0)
      throw new ChoreoError("E_IMAGE", `${argv.slice(0, 4).join(" ")} failed while baking`, {
        why: stderr.trim().slice(-300),
      });
    return stdout;
  };
  const daemon = await docker
    .getContainer(id)
    .exec({ Cmd: ["containerd", "--log-level", "error"], AttachStdout: false, AttachStderr: false });
  await daemon.start({ Detach: true });
  await poll(
    async () => {
      const { code } = await execInNode(docker, id, ["ctr", "version"], { signal });
      return code === 0 ? { done: true, value: undefined } : { done: false, missing: "containerd does not answer yet" };
    },
    { what: "containerd in the baking container", timeoutMs: 60_000, maxIntervalMs: 300, signal },
  );
  const before = new Set(await packedLayers(inside));
  const tar = await exportImages(docker, images, signal);
  const { code, stderr } = await execInNode(docker, id, ["ctr", "-n", "k8s.io", "images", "import", "-"], {
    stdin: tar,
    signal,
  });
  if (code !== 0)
    throw new ChoreoError("E_IMAGE", "ctr images import failed while baking", { why: stderr.trim().slice(-300) });
  await dropPackedLayers(inside, before);
  await inside("pkill", "containerd");
  await poll(
    async () => {
      const { code: found } = await execInNode(docker, id, ["pgrep", "-x", "containerd"], { signal });
      return found === 0 ? { done: false, missing: "containerd still runs" } : { done: true, value: undefined };
    },
    { what: "containerd to end in the baking container", timeoutMs: 30_000, maxIntervalMs: 200, signal },
  );
};

/**
 * Unpacked layers are all a node needs (kind sets `discard_unpacked_layers` for the same reason): half of the bytes go.
 * Only what this import brought: the node image's own images may not be unpacked yet.
 */
const dropPackedLayers = async (inside: Inside, before: ReadonlySet<string>): Promise<void> => {
  const added = (await packedLayers(inside)).filter((digest) => !before.has(digest));
  if (added.length === 0) return;
  await inside("ctr", "-n", "k8s.io", "content", "rm", ...added);
  // The bytes go when containerd collects its garbage, which removing a name with --sync waits for.
  const [image = ""] = (await inside("ctr", "-n", "k8s.io", "images", "ls", "-q")).split("\n");
  await inside("ctr", "-n", "k8s.io", "images", "tag", image, GARBAGE);
  await inside("ctr", "-n", "k8s.io", "images", "rm", "--sync", GARBAGE);
};

/** Digests of everything in containerd's content store that is a megabyte or more: manifests and configurations are not. */
const packedLayers = async (inside: Inside): Promise<string[]> =>
  (await inside("ctr", "-n", "k8s.io", "content", "ls"))
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([digest = "", size = ""]) => digest.startsWith("sha256:") && /(MB|GB|MiB|GiB)$/.test(size.trim()))
    .map(([digest = ""]) => digest);

const GARBAGE = "choreo-dev.local/garbage:collect";

type Inside = (...argv: string[]) => Promise<string>;

const commit = async (docker: Docker, id: string, nodeImage: string, tag: string): Promise<void> => {
  const { Config } = await docker.getImage(nodeImage).inspect();
  const [repo, version] = tag.split(":");
  const config = { ...Config, Labels: { ...Config.Labels, "choreo.dev/cache": "node-image" } };
  await docker.getContainer(id).commit({ repo, tag: version, pause: false, ...config });
};

const bakedTag = async ({ docker, nodeImage, images }: BakeInput): Promise<string | undefined> => {
  const ids = await Promise.all([nodeImage, ...[...images].sort()].map((image) => idOf(docker, image)));
  if (images.length === 0 || ids.some((id) => id === undefined)) return undefined;
  const hash = createHash("sha256")
    .update(["5", ...ids].join("\n"))
    .digest("hex")
    .slice(0, 16);
  return `${BAKED_REPOSITORY}:${hash}`;
};

const idOf = async (docker: Docker, image: string): Promise<string | undefined> => {
  try {
    return (await docker.getImage(image).inspect()).Id;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
};

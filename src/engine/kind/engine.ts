import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";
import { contextName } from "../../config/names.ts";
import { endpointFromKubeconfig } from "../../k8s/kubeconfig.ts";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { writeFileAtomic } from "../../lib/fs.ts";
import { poll } from "../../lib/poll.ts";
import type { ClusterSpec, ObservedCluster } from "../../plan/clusters.ts";
import type { Capability, ClusterHandle, Engine, Finding, RunContext } from "../engine.ts";
import { findBakedImage } from "./baked-image.ts";
import { kindConfig } from "./config.ts";
import { runKindCreate } from "./create.ts";
import { nodeEvidence } from "./evidence.ts";
import { MARKER_PATH, type Marker, markerOf } from "./marker.ts";
import { forgetNode, recallKubeconfig, recallMarker, rememberMarker } from "./memory.ts";
import { pinAddress, removeNodeFiles, trustExtraCAs } from "./node-setup.ts";
import { type NodeFile, putNodeFiles } from "./node-io.ts";
import { nodeSettings } from "./node-settings.ts";
import { type Node, listNodes, observeCluster, readMarker, readNodeFile } from "./nodes.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { preflightKind } from "./preflight.ts";

export interface KindEngineOptions {
  readonly docker: Docker;
  /** Path of the kind binary, found when a cluster is first made. */
  readonly kind: () => Promise<string>;
  /** Docker network of the platform; exists before `ensure`. */
  readonly network: string;
  readonly platformId: () => string;
  /** Folder for private kubeconfigs, one per cluster. */
  readonly kubeconfigDir: string;
  readonly childrenDir: string;
  /** Undefined where the daemon cannot mount this machine's folders. */
  readonly syncDir: string | undefined;
  /** Files that each node gets before its first pull: registry configuration, extra CAs. */
  readonly nodeFiles: () => Promise<readonly NodeFile[]>;
  /** Images that data and build planes need; a node image that carries them is used when there is one. */
  readonly images: readonly string[];
  /** Proxy variables for nodes. */
  readonly proxy: Readonly<Record<string, string>>;
  /** Where Docker is. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Clusters on kind: one node container per cluster, on a Docker network that belongs to the platform. */
export const createKindEngine = (options: KindEngineOptions): Engine => {
  const nodes = (): Promise<Node[]> => listNodes(options.docker, options.network);
  const find = async (cluster: string): Promise<Node | undefined> =>
    (await listNodes(options.docker, options.network, cluster))[0];
  return {
    name: "kind",
    preflight: (platform, nodeImage): Promise<Finding[]> => preflightKind({ ...options, nodeImage }, platform),
    observe: async ({ recall }): Promise<ObservedCluster[]> => {
      const markers = (node: Node): Promise<Marker | undefined> =>
        recall ? knownMarker(options, node) : learnMarker(options, node);
      return Promise.all((await nodes()).map(async (node) => observeCluster(node, await markers(node))));
    },
    ensure: async (spec, context) => {
      const found = await find(spec.name);
      const marker = found === undefined ? undefined : await learnMarker(options, found);
      if (found !== undefined && marker !== undefined)
        return renewNode(options, spec, { node: found, marker }, context);
      if (found !== undefined) await removeNode(options, found);
      return createNode(options, spec, context);
    },
    open: async (cluster) => {
      const node = await find(cluster);
      if (node?.running !== true || (await knownMarker(options, node)) === undefined) return undefined;
      return handleOf(options, node);
    },
    stop: async (cluster, { signal }) => {
      signal.throwIfAborted();
      const node = await find(cluster);
      if (node?.running === true) await options.docker.getContainer(node.id).stop({ t: 10 });
    },
    start: async (cluster, context) => {
      const node = await find(cluster);
      if (node === undefined)
        throw new ChoreoError("E_NOT_FOUND", `There is no cluster ${cluster}`, { fix: "choreo-dev up" });
      await startNode(options, node, context);
    },
    destroy: async (cluster) => {
      const node = await find(cluster);
      if (node !== undefined) await removeNode(options, node);
      await rm(kubeconfigFile(options, cluster), { force: true });
      await forgetNode(options.kubeconfigDir, cluster);
    },
  };
};

const kubeconfigFile = (options: KindEngineOptions, cluster: string): string =>
  path.join(options.kubeconfigDir, `${cluster}.yaml`);

const createNode = async (
  options: KindEngineOptions,
  spec: ClusterSpec,
  context: RunContext,
): Promise<ClusterHandle> => {
  const { syncDir, docker } = options;
  // 0711: files below keep their own modes and can be reached by a container that does not run as root.
  if (syncDir !== undefined) await mkdir(syncDir, { recursive: true, mode: 0o711 });
  await mkdir(options.kubeconfigDir, { recursive: true, mode: 0o700 });
  // Of a node that was removed by hand: by chance the new one may get the same port.
  await rm(kubeconfigFile(options, spec.name), { force: true });
  const facts = { platformId: options.platformId(), syncDir };
  const create = {
    kind: await options.kind(),
    cluster: spec.name,
    image: await nodeImageFor(options, spec),
    network: options.network,
    config: await kindConfig(spec, facts),
    kubeconfig: `${kubeconfigFile(options, spec.name)}.kind`,
    childrenDir: options.childrenDir,
    env: { ...options.proxy, ...options.env },
  };
  try {
    await runKindCreate(create, context);
    const node = await mustFind(options, spec.name);
    await pinAddress(docker, node, options.network);
    await settle(options, spec, { node });
    return await handleOf(options, await mustFind(options, spec.name));
  } catch (error) {
    throw await afterFailure(options, spec.name, context, error);
  } finally {
    await rm(create.kubeconfig, { force: true });
  }
};

const learnMarker = async (options: KindEngineOptions, node: Node): Promise<Marker | undefined> => {
  const marker = await readMarker(options.docker, node);
  if (marker !== undefined) await rememberMarker(options.kubeconfigDir, node.cluster, { id: node.id, marker });
  return marker;
};

const knownMarker = async (options: KindEngineOptions, node: Node): Promise<Marker | undefined> =>
  (await recallMarker(options.kubeconfigDir, node.cluster, node.id)) ?? learnMarker(options, node);

/** Puts the files of the configuration into a node, and its marker last: a node that has it is complete. */
const settle = async (
  options: KindEngineOptions,
  spec: ClusterSpec,
  { node, before }: { readonly node: Node; readonly before?: Marker },
): Promise<void> => {
  const { docker } = options;
  const files = await options.nodeFiles();
  const settings = nodeSettings(files, options.proxy, spec.cniFromAddon);
  const had = before?.settings.files ?? {};
  const gone = Object.keys(had).filter((path) => settings.files[path] === undefined);
  await removeNodeFiles(docker, node.id, gone);
  const changed = files.filter(({ path }) => had[path] !== settings.files[path]);
  await putNodeFiles(docker, node.id, changed);
  await trustExtraCAs(docker, node.id, [...gone, ...changed.map(({ path }) => path)]);
  const nodeImage = before?.nodeImage ?? spec.nodeImage;
  const marker = markerOf({ ...spec, nodeImage }, options.platformId(), settings);
  await putNodeFiles(docker, node.id, [{ path: MARKER_PATH, content: JSON.stringify(marker), mode: 0o644 }]);
  await rememberMarker(options.kubeconfigDir, node.cluster, { id: node.id, marker });
};

/** A node that stands runs afterwards, with the registries and CAs of now. */
const renewNode = async (
  options: KindEngineOptions,
  spec: ClusterSpec,
  { node, marker }: { readonly node: Node; readonly marker: Marker },
  context: RunContext,
): Promise<ClusterHandle> => {
  const handle = await startNode(options, node, context);
  await settle(options, spec, { node: await mustFind(options, spec.name), before: marker });
  return handle;
};

/** A control plane alone needs none of the platform's images: there the plain node image is the smaller one to copy. */
const nodeImageFor = async ({ docker, images }: KindEngineOptions, spec: ClusterSpec): Promise<string> => {
  if (spec.planes.every(({ role }) => role === "control")) return spec.nodeImage;
  return (await findBakedImage({ docker, nodeImage: spec.nodeImage, images })) ?? spec.nodeImage;
};

/** Evidence first, then the half-made node goes, unless the user wants to look at it. */
const afterFailure = async (
  options: KindEngineOptions,
  cluster: string,
  context: RunContext,
  error: unknown,
): Promise<unknown> => {
  if (context.signal.aborted) return error;
  const node = (await listNodes(options.docker, options.network, cluster))[0];
  if (node === undefined || !(error instanceof ChoreoError)) return error;
  const evidence = [...error.evidence, ...(await nodeEvidence(options.docker, node))];
  if (!context.retain) await removeNode(options, node);
  const fix = context.retain ? `look into the node: docker exec -it ${node.name} bash` : error.fix;
  return new ChoreoError(error.code, error.message, {
    ...(error.why === undefined ? {} : { why: error.why }),
    ...(fix === undefined ? {} : { fix }),
    evidence,
    cause: error,
  });
};

const startNode = async (options: KindEngineOptions, node: Node, context: RunContext): Promise<ClusterHandle> => {
  if (!node.running) {
    context.progress("starting the node");
    await options.docker.getContainer(node.id).start();
  }
  return handleOf(options, await mustFind(options, node.cluster));
};

const mustFind = async (options: KindEngineOptions, cluster: string): Promise<Node> => {
  const node = (await listNodes(options.docker, options.network, cluster))[0];
  if (node === undefined) {
    throw new ChoreoError("E_CLUSTER_CREATE", `The node of cluster ${cluster} is gone`, {
      why: "something removed its container while it was being prepared",
      fix: "choreo-dev up",
    });
  }
  return node;
};

const removeNode = async (options: KindEngineOptions, node: Node): Promise<void> => {
  await options.docker
    .getContainer(node.id)
    .remove({ force: true, v: true })
    .catch((error: { statusCode?: number }) => {
      // 404: somebody was faster. 409: a removal is under way. Both end where we want to be.
      if (error.statusCode !== 404 && error.statusCode !== 409) {
        throw new ChoreoError("E_DOCKER", `Node ${node.name} could not be removed`, {
          why: messageOf(error),
          cause: error,
        });
      }
    });
  await poll(
    async () => {
      const left = await options.docker.listContainers({ all: true, filters: { id: [node.id] } });
      return left.length > 0
        ? { done: false, missing: "Docker is still removing it" }
        : { done: true, value: undefined };
    },
    { what: `node ${node.name} to be removed`, timeoutMs: 60_000, intervalMs: 30, maxIntervalMs: 300 },
  );
};

const CAPABILITIES: readonly Capability[] = ["images", "registry", "stop", "networkpolicy"];

/** The kubeconfig is made from the node's own admin.conf: it can be rebuilt whenever the state folder is lost. */
const handleOf = async (options: KindEngineOptions, node: Node): Promise<ClusterHandle> => {
  const context = contextName(node.cluster);
  const kubeconfig = kubeconfigFile(options, node.cluster);
  const sync: Capability[] = options.syncDir === undefined ? [] : ["sync-mount"];
  const capabilities = new Set([...CAPABILITIES, ...sync]);
  const handle = { name: node.cluster, context, kubeconfig, capabilities, startedAt: node.startedAt };
  const server = `https://127.0.0.1:${node.apiPort}`;
  const isKnown = (await recallMarker(options.kubeconfigDir, node.cluster, node.id)) !== undefined;
  const written = isKnown ? await recallKubeconfig(kubeconfig, server) : undefined;
  if (written !== undefined) return { ...handle, endpoint: await endpointFromKubeconfig(written) };
  const admin = await readNodeFile(options.docker, node.id, "/etc/kubernetes/admin.conf");
  if (admin === undefined || node.apiPort === undefined) {
    throw new ChoreoError("E_CLUSTER_CREATE", `The node of cluster ${node.cluster} has no admin credentials`, {
      why: "its set-up did not get far enough",
      fix: "choreo-dev up",
    });
  }
  const { text, endpoint } = await kubeconfigOf(admin, { context, server });
  await writeFileAtomic(kubeconfig, text, 0o600);
  return { ...handle, endpoint };
};

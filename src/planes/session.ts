import path from "node:path";
import type Docker from "dockerode";
import { type Addon, loadCatalog } from "../addons/catalog.ts";
import { type Bundle, openBundle } from "../addons/bundle.ts";
import { type Tool, type ToolName, findTool } from "../addons/tools.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Platform } from "../config/model.ts";
import { type DockerHost, connectDocker, isLocal } from "../docker/client.ts";
import { containerdHosts } from "../docker/hosts-toml.ts";
import { type PlatformNetwork, findNetwork } from "../docker/network.ts";
import type { RegistrySpec } from "../docker/registry.ts";
import { createKindEngine } from "../engine/kind/engine.ts";
import { caFiles } from "../engine/kind/extra-cas.ts";
import { clusterSettings, nodeSettings } from "../engine/kind/node-settings.ts";
import type { NodeFile } from "../engine/kind/node-io.ts";
import { proxyEnv } from "../engine/kind/proxy-env.ts";
import type { ClusterHandle, Engine } from "../engine/engine.ts";
import { connect } from "../k8s/connect.ts";
import type { KubeClient } from "../k8s/client.ts";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import type { ClusterSettings } from "../plan/clusters.ts";
import { addressAt } from "../plan/subnets.ts";
import { type PlatformPlaces, type Places, places, platformPlaces } from "../state/places.ts";
import type { CallContext } from "./api.ts";
import { type Identity, LABELS, claimIdentity, networkName, newIdentity } from "./identity.ts";
import { registryPasswords } from "./registry-passwords.ts";

/** What every story about one platform on Docker needs: the machine, the platform's identity, and ways to its clusters. */
export interface Session {
  readonly platform: Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly roots: Places;
  readonly places: PlatformPlaces;
  readonly docker: Docker;
  readonly dockerHost: DockerHost;
  /** The platform's network; undefined until it is made. */
  readonly network: PlatformNetwork | undefined;
  /** Of the existing platform, or the one that a new platform will get. */
  readonly identity: Identity;
  readonly engine: Engine;
  /** Empty, like `bundle` and `images`, in a session that was opened without addons. */
  readonly catalog: readonly Addon[];
  readonly bundle: Bundle | undefined;
  readonly images: readonly string[];
  /** What the configuration wants of every node; `E_CONFIG` for a missing password or CA. */
  nodeSettings(): Promise<Pick<ClusterSettings, "files" | "proxy">>;
  tool(name: ToolName): Promise<Tool>;
  /** `E_NOT_FOUND` when the cluster does not run. */
  handle(cluster: string): Promise<ClusterHandle>;
  client(cluster: string): Promise<KubeClient>;
  /** Forgets handles and clients: a cluster was made again. */
  forget(cluster: string): void;
  close(): void;
}

/** Reading the addons costs a tenth of a second, which a command that only looks at a platform does not spend. */
export type SessionOptions =
  { readonly addons: false } | { readonly addons: true; readonly bundle: string | undefined };

export const openSession = async (
  loaded: LoadedConfig,
  context: CallContext,
  options: SessionOptions = { addons: false },
): Promise<Session> => {
  const { platform } = loaded;
  const roots = places(context.env);
  const mine = platformPlaces(roots, platform.name);
  const { docker, host } = await connectEngine(platform, context.env);
  const bundleDir = options.addons ? (options.bundle ?? context.env["CHOREO_DEV_BUNDLE"]) : undefined;
  const [network, catalog, bundle] = await Promise.all([
    findNetwork(docker, networkName(platform.name)),
    options.addons ? loadCatalog() : [],
    bundleDir === undefined || bundleDir === "" ? undefined : openBundle(bundleDir),
  ]);
  const identity =
    network === undefined ? newIdentity(platform) : claimIdentity(platform, network.labels, loaded.deliberate);
  const images = [...new Set(catalog.filter(({ name }) => enabled(platform, name)).flatMap((addon) => addon.images))];
  const tools = new Map<ToolName, Promise<Tool>>();
  const tool = (name: ToolName): Promise<Tool> => {
    const found =
      tools.get(name) ??
      findTool(name, {
        cacheDir: roots.cache,
        network: platform.network,
        signal: context.signal,
        searchPath: context.env["PATH"],
      });
    tools.set(name, found);
    return found;
  };
  // Read when they are needed: a command that only looks at a platform asks for no password.
  const nodeFiles = async (): Promise<NodeFile[]> => [
    ...containerdHosts(registryPasswords(platform.registries, context.env)),
    ...(await caFiles(platform.network.extraCAs)),
  ];
  const proxy = proxyEnv(platform.network);
  const engine = createKindEngine({
    docker,
    kind: async () => (await tool("kind")).path,
    network: networkName(platform.name),
    platformId: () => identity.id,
    kubeconfigDir: mine.kubeconfigs,
    childrenDir: mine.children,
    syncDir: isLocal(host) ? mine.sync : undefined,
    nodeFiles,
    images,
    proxy,
    env: dockerHostEnv(host),
  });
  return {
    platform,
    ...context,
    roots,
    places: mine,
    docker,
    dockerHost: host,
    network,
    identity,
    engine,
    catalog,
    bundle,
    images,
    nodeSettings: async () => clusterSettings(nodeSettings(await nodeFiles(), proxy, false)),
    tool,
    ...clusterAccess(engine),
  };
};

/** The docker command finds everything else by itself, with the TLS settings of a context, which a bare address loses. */
export const dockerHostEnv = (host: DockerHost): { DOCKER_HOST?: string } =>
  host.from === "rootless" ? { DOCKER_HOST: host.url } : {};

const clusterAccess = (engine: Engine): Pick<Session, "handle" | "client" | "forget" | "close"> => {
  const handles = new Map<string, Promise<ClusterHandle>>();
  const clients = new Map<string, Promise<KubeClient>>();
  const handle = (cluster: string): Promise<ClusterHandle> => {
    const found = handles.get(cluster) ?? engine.open(cluster).then((opened) => opened ?? notRunning(cluster));
    handles.set(cluster, found);
    found.catch(() => handles.delete(cluster));
    return found;
  };
  const client = (cluster: string): Promise<KubeClient> => {
    const found = clients.get(cluster) ?? handle(cluster).then(({ endpoint }) => connect(endpoint));
    clients.set(cluster, found);
    found.catch(() => clients.delete(cluster));
    return found;
  };
  const drop = (cluster: string): void => {
    void clients.get(cluster)?.then(
      (one) => one.close(),
      () => undefined,
    );
    clients.delete(cluster);
    handles.delete(cluster);
  };
  return { handle, client, forget: drop, close: () => [...clients.keys()].forEach(drop) };
};

const notRunning = (cluster: string): never => {
  throw new ChoreoError("E_NOT_FOUND", `Cluster ${cluster} does not run`, { fix: "choreo-dev up" });
};

const enabled = (platform: Platform, addon: string): boolean =>
  (platform.addons as Readonly<Record<string, { enabled: boolean }>>)[addon]?.enabled !== false;

/** Which engine, said plainly where it cannot be had. `auto` is kind where Docker answers. */
const connectEngine = async (
  platform: Platform,
  env: NodeJS.ProcessEnv,
): Promise<{ docker: Docker; host: DockerHost }> => {
  if (platform.engine === "embedded" || platform.engine === "kubeconfig") {
    throw new ChoreoError("E_ENGINE_UNSUPPORTED", `Engine ${platform.engine} is not part of this version`, {
      why: "this version boots platforms on kind",
      fix: "choreo-dev up --engine kind",
    });
  }
  try {
    return await connectDocker(env);
  } catch (error) {
    const recorded = await platformIsRecorded(env, platform.name);
    if (!isChoreoError(error, "E_NO_ENGINE") || !recorded) throw error;
    throw new ChoreoError("E_ENGINE_DOWN", `Platform "${platform.name}" runs on kind, and Docker does not answer`, {
      ...(error.why === undefined ? {} : { why: error.why }),
      fix: "start Docker and run the command again; or give the platform up: choreo-dev down --force",
      cause: error,
    });
  }
};

const platformIsRecorded = async (env: NodeJS.ProcessEnv, name: string): Promise<boolean> => {
  const { access } = await import("node:fs/promises");
  const { dir } = platformPlaces(places(env), name);
  return access(path.join(dir, "kubeconfigs")).then(
    () => true,
    () => false,
  );
};

/** Labels of everything of a platform that Docker can label. */
export const labelsOf = ({ platform, identity }: Pick<Session, "platform" | "identity">): Record<string, string> => ({
  [LABELS.platform]: platform.name,
  [LABELS.id]: identity.id,
  [LABELS.owner]: identity.owner,
  [LABELS.engine]: "kind",
});

/** The registry has the last address of the network, far from those that nodes get. */
export const registrySpec = (session: Session, subnet: string): RegistrySpec => ({
  name: `${session.platform.name}-registry`,
  network: networkName(session.platform.name),
  address: addressAt(subnet, -2),
  labels: labelsOf(session),
});

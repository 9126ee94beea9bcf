import { access } from "node:fs/promises";
import path from "node:path";
import type { Addon } from "../addons/catalog.ts";
import { openBundle } from "../addons/bundle.ts";
import type { Tool, ToolName } from "../addons/tools.ts";
import type { Platform } from "../config/model.ts";
import { type DockerHost, connectDocker, isLocal } from "../docker/client.ts";
import { containerdHosts } from "../docker/hosts-toml.ts";
import { findNetwork } from "../docker/network.ts";
import type { RegistrySpec } from "../docker/registry.ts";
import { createKindEngine } from "../engine/kind/engine.ts";
import { caFiles } from "../engine/kind/extra-cas.ts";
import type { NodeFile } from "../engine/kind/node-io.ts";
import { clusterSettings, nodeSettings } from "../engine/kind/node-settings.ts";
import { proxyEnv } from "../engine/kind/proxy-env.ts";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import { addressAt } from "../plan/subnets.ts";
import type { PlatformPlaces } from "../state/places.ts";
import type { DockerGround, Ground } from "./ground.ts";
import { type Identity, LABELS, claimIdentity, networkName, newIdentity } from "./identity.ts";
import { registryPasswords } from "./registry-passwords.ts";

export interface DockerGroundInput {
  readonly platform: Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly places: PlatformPlaces;
  /** The user named the platform, which may belong to another folder then. */
  readonly deliberate: boolean;
  readonly catalog: Promise<readonly Addon[]>;
  readonly bundleDir: string | undefined;
  readonly tool: (name: ToolName) => Promise<Tool>;
}

/** A platform on Docker: its network carries who it is. `E_NO_ENGINE` when Docker does not answer. */
export const openDockerGround = async (input: DockerGroundInput): Promise<Ground & { docker: DockerGround }> => {
  const { platform, env, places: mine, deliberate, bundleDir } = input;
  const { docker, host } = await connectDockerOf(input);
  const [network, catalog, bundle] = await Promise.all([
    findNetwork(docker, networkName(platform.name)),
    input.catalog,
    bundleDir === undefined || bundleDir === "" ? undefined : openBundle(bundleDir),
  ]);
  const identity = network === undefined ? newIdentity(platform) : claimIdentity(platform, network.labels, deliberate);
  const images = [...new Set(catalog.filter(({ name }) => enabled(platform, name)).flatMap((addon) => addon.images))];
  // Read when they are needed: a command that only looks at a platform asks for no password.
  const nodeFiles = async (): Promise<NodeFile[]> => [
    ...containerdHosts(registryPasswords(platform.registries, env)),
    ...(await caFiles(platform.network.extraCAs)),
  ];
  const proxy = proxyEnv(platform.network);
  const engine = createKindEngine({
    docker,
    kind: async () => (await input.tool("kind")).path,
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
    engine,
    reason: platform.engine === "auto" ? `Docker answers at ${host.url}` : "as configured",
    exists: network !== undefined,
    identity,
    docker: {
      docker,
      host,
      network,
      images,
      bundle,
      nodeSettings: async () => clusterSettings(nodeSettings(await nodeFiles(), proxy, false)),
    },
  };
};

const enabled = (platform: Platform, addon: string): boolean =>
  (platform.addons as Readonly<Record<string, { enabled: boolean }>>)[addon]?.enabled !== false;

/** A platform that runs on kind and cannot be reached is another thing than a machine without Docker. */
const connectDockerOf = async ({ platform, env, places }: DockerGroundInput): ReturnType<typeof connectDocker> => {
  try {
    return await connectDocker(env);
  } catch (error) {
    if (!isChoreoError(error, "E_NO_ENGINE") || !(await wasOnDocker(places))) throw error;
    throw new ChoreoError("E_ENGINE_DOWN", `Platform "${platform.name}" runs on kind, and Docker does not answer`, {
      ...(error.why === undefined ? {} : { why: error.why }),
      fix: "start Docker and run the command again; or give the platform up: choreo-dev down --force",
      cause: error,
    });
  }
};

/** Whether an earlier run made kubeconfigs here, which on this engine are of nodes. */
export const wasOnDocker = ({ kubeconfigs }: PlatformPlaces): Promise<boolean> =>
  access(path.join(kubeconfigs)).then(
    () => true,
    () => false,
  );

/** The docker command finds everything else by itself, with the TLS settings of a context, which a bare address loses. */
export const dockerHostEnv = (host: DockerHost): { DOCKER_HOST?: string } =>
  host.from === "rootless" ? { DOCKER_HOST: host.url } : {};

/** Labels of everything of a platform that Docker can label. */
export const labelsOf = (platform: Platform, identity: Identity): Record<string, string> => ({
  [LABELS.platform]: platform.name,
  [LABELS.id]: identity.id,
  [LABELS.owner]: identity.owner,
  [LABELS.engine]: "kind",
  ...(identity.lease === undefined ? {} : { [LABELS.lease]: identity.lease }),
});

/** The registry has the last address of the network, far from those that nodes get. */
export const registrySpec = (platform: Platform, identity: Identity, subnet: string): RegistrySpec => ({
  name: `${platform.name}-registry`,
  network: networkName(platform.name),
  address: addressAt(subnet, -2),
  labels: labelsOf(platform, identity),
});

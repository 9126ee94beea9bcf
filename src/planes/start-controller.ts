import { findNetwork } from "../docker/network.ts";
import { observeRegistry } from "../docker/registry.ts";
import type { RunContext } from "../engine/engine.ts";
import type { Execution } from "./execute.ts";
import { networkName } from "./identity.ts";
import { dockerHostEnv, registrySpec } from "./ground-docker.ts";
import type { Session } from "./session.ts";
import { type SupervisorSettings, programHash, settingsHash } from "./supervisor-process.ts";

/** Starts the platform's controller in its supervisor, where it works until `down`. */
export const startController = async (execution: Execution, context: RunContext): Promise<string> => {
  const { session, clusters, gatewayPorts } = execution;
  const { platform, places } = session;
  const control = await session.handle(clusters[0]?.name ?? platform.name);
  const settings: SupervisorSettings = {
    platform: platform.name,
    platformId: session.identity.id,
    program: await programHash(),
    fingerprint: settingsHash({ gatewayPorts, secrets: platform.secrets }),
    control: { cluster: control.name, kubeconfig: control.kubeconfig, context: control.context },
    gatewayPorts,
    secrets: platform.secrets,
    caDir: places.caDir,
    sync: places.sync,
    builds: session.docker === undefined ? places.builds : undefined,
    ...(await dockerSettings(session, clusters[0]?.nodeImage ?? "")),
  };
  const status = await session.supervisor.startController(settings, context);
  return `pid ${status.pid}`;
};

const dockerSettings = async (
  { docker: ground, platform, identity, places }: Session,
  nodeImage: string,
): Promise<Pick<SupervisorSettings, "registry" | "dockerHost" | "bake">> => {
  if (ground === undefined) return { registry: undefined, dockerHost: undefined, bake: undefined };
  const { docker, host, images } = ground;
  const network = await findNetwork(docker, networkName(platform.name));
  const registry =
    network?.subnet === undefined
      ? undefined
      : await observeRegistry(docker, registrySpec(platform, identity, network.subnet));
  return {
    registry:
      registry?.hostPort === undefined ? undefined : { hostPort: registry.hostPort, name: `${platform.name}-registry` },
    dockerHost: dockerHostEnv(host).DOCKER_HOST,
    bake: { lock: places.lock, nodeImage, images },
  };
};

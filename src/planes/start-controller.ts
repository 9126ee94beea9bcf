import { findNetwork } from "../docker/network.ts";
import { observeRegistry } from "../docker/registry.ts";
import type { RunContext } from "../engine/engine.ts";
import type { Execution } from "./execute.ts";
import { networkName } from "./identity.ts";
import { dockerHostEnv, registrySpec } from "./session.ts";
import { programHash, settingsHash, startSupervisor } from "./supervisor-process.ts";

/** Starts the platform's supervisor, whose controller then works until `down`. */
export const startController = async (execution: Execution, context: RunContext): Promise<string> => {
  const { session, clusters, gatewayPorts } = execution;
  const { platform, places, docker, dockerHost } = session;
  const control = await session.handle(clusters[0]?.name ?? platform.name);
  const network = await findNetwork(docker, networkName(platform.name));
  const registry =
    network?.subnet === undefined ? undefined : await observeRegistry(docker, registrySpec(session, network.subnet));
  const status = await startSupervisor(
    {
      platform: platform.name,
      platformId: session.identity.id,
      program: await programHash(),
      fingerprint: settingsHash({ gatewayPorts, secrets: platform.secrets }),
      control: { kubeconfig: control.kubeconfig, context: control.context },
      registry:
        registry?.hostPort === undefined
          ? undefined
          : { hostPort: registry.hostPort, name: `${platform.name}-registry` },
      gatewayPorts,
      secrets: platform.secrets,
      dockerHost: dockerHostEnv(dockerHost).DOCKER_HOST,
      caDir: places.caDir,
      bake: { lock: places.lock, nodeImage: clusters[0]?.nodeImage ?? "", images: session.images },
    },
    places.supervisor,
    context,
  );
  return `pid ${status.pid}`;
};

import type { Platform } from "../config/model.ts";
import { isFree } from "../engine/kind/preflight.ts";
import { GATEWAY_NODE_PORT, type ObservedCluster, layoutClusters } from "../plan/clusters.ts";

export const DEFAULT_GATEWAY_PORT = 8443;

/**
 * The loopback port of each data plane's gateway: what a running node has, else what is configured, else 8443 or the
 * next free one. A port that was chosen once is kept, because it is fixed in the node.
 */
export const chooseGatewayPorts = async (
  platform: Platform,
  observed: readonly ObservedCluster[],
  free: (port: number) => Promise<boolean> = isFree,
): Promise<Record<string, number>> => {
  const layout = layoutClusters(platform);
  const chosen: Record<string, number> = {};
  const used = new Set(platform.planes.data.flatMap(({ gateway }) => gateway.port ?? []));
  for (const { name, gateway } of platform.planes.data) {
    const cluster = layout.find(({ planes }) => planes.some((plane) => plane.name === name))?.name;
    const kept = observed
      .find((one) => one.name === cluster && one.state !== "half-made")
      ?.ports.find(({ nodePort }) => nodePort === GATEWAY_NODE_PORT)?.hostPort;
    chosen[name] = gateway.port ?? kept ?? (await nextFree(used, free));
    used.add(chosen[name]);
  }
  return chosen;
};

const nextFree = async (used: ReadonlySet<number>, free: (port: number) => Promise<boolean>): Promise<number> => {
  let port = DEFAULT_GATEWAY_PORT;
  while (used.has(port) || !(await free(port))) port++;
  return port;
};

import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";

export interface PlatformNetwork {
  readonly name: string;
  readonly id: string;
  readonly subnet: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** The network of that name, or undefined. Docker's filter matches parts of names; ours is exact. */
export const findNetwork = async (docker: Docker, name: string): Promise<PlatformNetwork | undefined> => {
  const networks = await docker.listNetworks({ filters: { name: [name] } });
  const found = networks.find((network) => network.Name === name);
  return found === undefined ? undefined : describe(found);
};

/** Networks of platforms, of this and other folders. */
export const listLabelledNetworks = async (docker: Docker, label: string): Promise<PlatformNetwork[]> =>
  (await docker.listNetworks({ filters: { label: [label] } })).map(describe);

/** Subnets of every Docker network: none of them may be used again. */
export const takenSubnets = async (docker: Docker): Promise<string[]> =>
  (await docker.listNetworks()).flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []));

/**
 * Makes a bridge network. Containers that get their address by themselves are kept to the lower half, so that an address
 * in the upper half can be given by hand without a clash.
 */
export const createNetwork = async (
  docker: Docker,
  network: {
    readonly name: string;
    readonly subnet: string;
    readonly range: string;
    readonly labels: Readonly<Record<string, string>>;
  },
): Promise<void> => {
  const { name, subnet, range, labels } = network;
  try {
    await docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: "bridge",
      IPAM: { Driver: "default", Config: [{ Subnet: subnet, IPRange: range }] },
      Labels: { ...labels },
      Options: { "com.docker.network.bridge.enable_ip_masquerade": "true" },
    });
  } catch (error) {
    throw new ChoreoError("E_DOCKER", `Docker network ${name} could not be made`, {
      why: messageOf(error),
      fix: "choreo-dev up again",
      cause: error,
    });
  }
};

/** Takes what still hangs on it off first, so that a half-made platform can be removed in any order. */
export const removeNetwork = async (docker: Docker, name: string): Promise<void> => {
  const found = await findNetwork(docker, name);
  if (found === undefined) return;
  const network = docker.getNetwork(found.id);
  const { Containers } = (await network.inspect()) as { Containers?: Record<string, unknown> };
  for (const id of Object.keys(Containers ?? {}))
    await network.disconnect({ Container: id, Force: true }).catch(() => undefined);
  await network.remove().catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 404)
      throw new ChoreoError("E_DOCKER", `Docker network ${name} could not be removed`, {
        why: messageOf(error),
        cause: error,
      });
  });
};

const describe = (network: Docker.NetworkInspectInfo): PlatformNetwork => ({
  name: network.Name,
  id: network.Id,
  subnet: network.IPAM?.Config?.[0]?.Subnet,
  labels: network.Labels ?? {},
});

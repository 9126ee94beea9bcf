import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { dockerFailed, statusOf } from "./docker-error.ts";

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

/** Subnets of every Docker network: none of them may be used again. */
export const takenSubnets = async (docker: Docker): Promise<string[]> =>
  (await docker.listNetworks()).flatMap((network) => subnetsOf(network));

/**
 * Makes a bridge network. Containers that get their address by themselves are kept to `range`, so that one outside of it
 * can be given by hand without a clash. `E_SUBNETS` says who holds what when Docker knows better than the caller.
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
  const mtu = await defaultMtu(docker);
  try {
    await docker.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: "bridge",
      EnableIPv6: false,
      IPAM: { Driver: "default", Config: [{ Subnet: subnet, IPRange: range }] },
      Labels: { ...labels },
      Options: {
        "com.docker.network.bridge.enable_ip_masquerade": "true",
        ...(mtu === undefined ? {} : { [MTU]: mtu }),
      },
    });
  } catch (error) {
    if (!/overlap/i.test(messageOf(error))) throw dockerFailed(`Docker network ${name} could not be made`, error);
    throw new ChoreoError("E_SUBNETS", `Docker has no room for network ${name} in ${subnet}`, {
      why: "another network uses these addresses",
      fix: "set network.pool in choreo-dev.yaml to a range that nothing else on this machine uses",
      evidence: (await docker.listNetworks()).flatMap((one) => subnetsOf(one).map((held) => `${held}  ${one.Name}`)),
      cause: error,
    });
  }
};

/** Takes what still hangs on it off first, so that a half-made platform can be removed in any order. */
export const removeNetwork = async (docker: Docker, name: string): Promise<void> => {
  const found = await findNetwork(docker, name);
  if (found === undefined) return;
  const network = docker.getNetwork(found.id);
  try {
    const { Containers } = (await network.inspect()) as { Containers?: Record<string, unknown> };
    for (const id of Object.keys(Containers ?? {}))
      await network.disconnect({ Container: id, Force: true }).catch(() => undefined);
    await network.remove();
  } catch (error) {
    if (statusOf(error) !== 404)
      throw dockerFailed(`Docker network ${name} could not be removed`, error, "choreo-dev down again");
  }
};

const MTU = "com.docker.network.driver.mtu";

/** Behind some VPNs the default bridge has a smaller MTU; a network that does not follow it loses large packets. */
const defaultMtu = async (docker: Docker): Promise<string | undefined> => {
  const [bridge] = await docker.listNetworks({ filters: { name: ["bridge"], type: ["builtin"] } });
  return bridge?.Options?.[MTU];
};

const subnetsOf = ({ IPAM }: Docker.NetworkInspectInfo): string[] =>
  (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);

const describe = (network: Docker.NetworkInspectInfo): PlatformNetwork => ({
  name: network.Name,
  id: network.Id,
  subnet: subnetsOf(network)[0],
  labels: network.Labels ?? {},
});

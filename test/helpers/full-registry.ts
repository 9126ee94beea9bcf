import { docker } from "./docker.ts";

interface Container {
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
  };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAMConfig: { readonly IPv4Address: string } }>>;
  };
}

/**
 * Puts a registry without any space in the place of a platform's own: same name, address and port, and a volume that is full with its first
 * page. Returns what puts the own one back; it is stopped then, as after a kill.
 */
export const fillRegistry = async (platform: string): Promise<() => Promise<void>> => {
  const name = `${platform}-registry`;
  const [facts] = JSON.parse(await docker("inspect", name)) as Container[];
  const network = facts?.HostConfig.NetworkMode ?? "";
  const address = facts?.NetworkSettings.Networks[network]?.IPAMConfig.IPv4Address ?? "";
  const port = facts?.HostConfig.PortBindings["5000/tcp"]?.[0]?.HostPort ?? "";
  await docker("stop", "--time", "0", name);
  await docker("rename", name, `${name}-own`);
  await docker(
    ...["run", "--detach", "--name", name, "--network", network, "--ip", address],
    ...["--network-alias", "choreo-registry", "--publish", `127.0.0.1:${port}:5000`],
    ...["--tmpfs", "/var/lib/registry:size=4k", "registry:2"],
  );
  return async () => {
    await docker("rm", "--force", name);
    await docker("rename", `${name}-own`, name);
  };
};

import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";

export const REGISTRY_IMAGE = "docker.io/library/registry:2";
/** One name in every plane, for pushing and for pulling. */
export const REGISTRY_HOST = "choreo-registry:5000";

export interface RegistrySpec {
  /** Container and volume name. */
  readonly name: string;
  readonly network: string;
  /** Fixed address on that network. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Registry {
  readonly state: "ok" | "stopped" | "drifted";
  /** Loopback port on this machine. */
  readonly hostPort: number | undefined;
}

/** What is there under the registry's name. */
export const observeRegistry = async (docker: Docker, spec: RegistrySpec): Promise<Registry | undefined> => {
  const facts = await inspect(docker, spec.name);
  if (facts === undefined) return undefined;
  const binding = (facts.HostConfig.PortBindings as Record<string, { HostPort: string }[]> | null)?.["5000/tcp"]?.[0];
  const live = facts.NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort;
  const hostPort = Number(live ?? binding?.HostPort ?? 0) || undefined;
  const onNetwork = facts.NetworkSettings.Networks[spec.network];
  const mine = Object.entries(spec.labels).every(([key, value]) => facts.Config.Labels[key] === value);
  if (onNetwork === undefined || !mine) return { state: "drifted", hostPort };
  return { state: facts.State.Running && live !== undefined ? "ok" : "stopped", hostPort };
};

/**
 * The platform's registry, plain HTTP on the platform's own network and published on loopback only. Idempotent: a
 * stopped one is started, a drifted one made again over the same volume.
 */
export const ensureRegistry = async (docker: Docker, spec: RegistrySpec): Promise<{ hostPort: number }> => {
  const found = await observeRegistry(docker, spec);
  if (found?.state === "drifted") await docker.getContainer(spec.name).remove({ force: true });
  if (found === undefined || found.state === "drifted") await create(docker, spec);
  if (found?.state !== "ok") await docker.getContainer(spec.name).start();
  const hostPort = (await observeRegistry(docker, spec))?.hostPort;
  if (hostPort === undefined) {
    throw new ChoreoError("E_DOCKER", `Registry ${spec.name} has no port on this machine`, {
      fix: "choreo-dev up again",
    });
  }
  return { hostPort };
};

const create = async (docker: Docker, spec: RegistrySpec): Promise<void> => {
  await pullIfMissing(docker, REGISTRY_IMAGE);
  await docker.createVolume({ Name: spec.name, Labels: { ...spec.labels } });
  await docker.createContainer({
    name: spec.name,
    Image: REGISTRY_IMAGE,
    Labels: { ...spec.labels },
    Env: ["REGISTRY_STORAGE_DELETE_ENABLED=true", "OTEL_TRACES_EXPORTER=none"],
    ExposedPorts: { "5000/tcp": {} },
    HostConfig: {
      NetworkMode: spec.network,
      RestartPolicy: { Name: "unless-stopped" },
      PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
      Mounts: [{ Type: "volume", Source: spec.name, Target: "/var/lib/registry" }],
    },
    NetworkingConfig: {
      EndpointsConfig: {
        [spec.network]: { IPAMConfig: { IPv4Address: spec.address }, Aliases: [REGISTRY_HOST.split(":")[0] as string] },
      },
    },
  });
};

/** Pulls an image unless the host's Docker has it. */
export const pullIfMissing = async (docker: Docker, image: string): Promise<void> => {
  try {
    await docker.getImage(image).inspect();
    return;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
  try {
    const stream = await docker.pull(image);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null, records: { error?: string }[] | null) => {
        // A failed pull ends its stream in peace and says so in a record.
        const failed = records?.find((record) => record.error !== undefined)?.error;
        if (error !== null || failed !== undefined) reject(error ?? new Error(failed));
        else resolve();
      });
    });
  } catch (error) {
    throw new ChoreoError("E_IMAGE", `Image ${image} is not in the local Docker and could not be pulled`, {
      why: messageOf(error),
      fix: `docker pull ${image}, or load it: docker load -i FILE`,
      cause: error,
    });
  }
};

const inspect = async (docker: Docker, name: string): Promise<Docker.ContainerInspectInfo | undefined> => {
  try {
    return await docker.getContainer(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw new ChoreoError("E_DOCKER", `Container ${name} could not be inspected`, {
      why: messageOf(error),
      cause: error,
    });
  }
};

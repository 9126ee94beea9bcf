import { once } from "node:events";
import net from "node:net";
import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { dockerFailed, statusOf } from "./docker-error.ts";
import { pullIfMissing } from "./image-pull.ts";

export const REGISTRY_IMAGE = "docker.io/library/registry:2";
/** One name in every plane, for pushing and for pulling. */
export const REGISTRY_HOST = "choreo-registry:5000";

const PORT = "5000/tcp";
/** Ports can be taken between the choice and the start. */
const ATTEMPTS = 5;

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
  const binding = (facts.HostConfig.PortBindings as Record<string, { HostPort: string }[]> | null)?.[PORT]?.[0];
  const live = facts.NetworkSettings.Ports[PORT]?.[0]?.HostPort;
  const hostPort = Number(live ?? binding?.HostPort ?? 0) || undefined;
  if (isDrifted(facts, spec)) return { state: "drifted", hostPort };
  return { state: facts.State.Running && live !== undefined ? "ok" : "stopped", hostPort };
};

/**
 * The platform's registry, plain HTTP on the platform's own network and published on loopback only. Idempotent: a
 * stopped one is started, a drifted one made again over the same volume. Its port stays the same for as long as nobody else
 * takes it, through restarts of Docker too, because other tools write it down.
 */
export const ensureRegistry = async (docker: Docker, spec: RegistrySpec): Promise<{ hostPort: number }> => {
  let found = await observeRegistry(docker, spec);
  for (let attempt = 1; found?.state !== "ok" && attempt <= ATTEMPTS; attempt++) {
    await start(docker, spec, found);
    found = await observeRegistry(docker, spec);
  }
  if (found?.state === "ok" && found.hostPort !== undefined) return { hostPort: found.hostPort };
  throw new ChoreoError("E_DOCKER", `Registry ${spec.name} does not keep running`, {
    why: `it was started ${ATTEMPTS} times`,
    fix: `see docker logs ${spec.name}`,
  });
};

const start = async (docker: Docker, spec: RegistrySpec, found: Registry | undefined): Promise<void> => {
  if (found?.state === "drifted") await remove(docker, spec);
  if (found?.state !== "stopped") await create(docker, spec, found?.hostPort ?? (await freePort()));
  try {
    await docker.getContainer(spec.name).start();
  } catch (error) {
    if (!isPortConflict(error)) throw dockerFailed(`Registry ${spec.name} could not be started`, error);
    // The next attempt makes it again with another port.
    await remove(docker, spec);
  }
};

const isDrifted = (facts: Docker.ContainerInspectInfo, spec: RegistrySpec): boolean => {
  const here = facts.NetworkSettings.Networks[spec.network] as
    (Docker.EndpointSettings & { IPAMConfig?: { IPv4Address?: string } | null }) | undefined;
  const mine = Object.entries(spec.labels).every(([key, value]) => facts.Config.Labels[key] === value);
  return !mine || here?.IPAMConfig?.IPv4Address !== spec.address;
};

const create = async (docker: Docker, spec: RegistrySpec, hostPort: number): Promise<void> => {
  await pullIfMissing(docker, REGISTRY_IMAGE);
  try {
    await docker.createVolume({ Name: spec.name, Labels: { ...spec.labels } });
    await docker.createContainer({
      name: spec.name,
      Image: REGISTRY_IMAGE,
      Labels: { ...spec.labels },
      Env: ["REGISTRY_STORAGE_DELETE_ENABLED=true", "OTEL_TRACES_EXPORTER=none"],
      ExposedPorts: { [PORT]: {} },
      HostConfig: {
        NetworkMode: spec.network,
        RestartPolicy: { Name: "unless-stopped" },
        PortBindings: { [PORT]: [{ HostIp: "127.0.0.1", HostPort: String(hostPort) }] },
        Mounts: [{ Type: "volume", Source: spec.name, Target: "/var/lib/registry" }],
      },
      NetworkingConfig: {
        EndpointsConfig: {
          [spec.network]: {
            IPAMConfig: { IPv4Address: spec.address },
            Aliases: [REGISTRY_HOST.split(":")[0] as string],
          },
        },
      },
    });
  } catch (error) {
    throw dockerFailed(`Registry ${spec.name} could not be made`, error);
  }
};

/** Its volume stays. */
const remove = async (docker: Docker, { name }: RegistrySpec): Promise<void> => {
  try {
    await docker.getContainer(name).remove({ force: true });
  } catch (error) {
    if (statusOf(error) !== 404) throw dockerFailed(`Registry ${name} could not be removed`, error);
  }
};

/** A port that is free now. Somebody may be faster; then Docker refuses it and another one is tried. */
const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const isPortConflict = (error: unknown): boolean =>
  /port is already allocated|bind: address already in use|ports are not available/i.test(messageOf(error));

const inspect = async (docker: Docker, name: string): Promise<Docker.ContainerInspectInfo | undefined> => {
  try {
    return await docker.getContainer(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw dockerFailed(`Container ${name} could not be inspected`, error);
  }
};

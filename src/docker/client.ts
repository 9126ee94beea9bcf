import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";

export interface DockerHost {
  /** `unix:///…`, `tcp://…` or `ssh://…` */
  readonly url: string;
  /** What named it: "DOCKER_HOST", "docker context colima", "default". */
  readonly from: string;
}

/** Where Docker is, in the order of the docker command itself: DOCKER_HOST, the current context, rootless and default socket. */
export const findDockerHost = async (env: NodeJS.ProcessEnv): Promise<DockerHost> => {
  const named = env["DOCKER_HOST"];
  if (named !== undefined && named !== "") return { url: named, from: "DOCKER_HOST" };
  const context = await currentContext(env);
  if (context !== undefined) return context;
  return { url: "unix:///var/run/docker.sock", from: "default" };
};

/** Connects and proves that Docker answers. Errors say which socket and what the system answered. */
export const connectDocker = async (env: NodeJS.ProcessEnv): Promise<{ docker: Docker; host: DockerHost }> => {
  const host = await findDockerHost(env);
  const { default: Client } = await import("dockerode");
  const docker = new Client(optionsOf(host.url));
  try {
    await docker.ping();
    return { docker, host };
  } catch (error) {
    const rootless = host.from === "default" ? await tryRootless(env) : undefined;
    if (rootless !== undefined) return rootless;
    throw connectError(host, error);
  }
};

/** Whether containers can mount folders of this machine and its loopback ports are ours. */
export const isLocal = ({ url }: DockerHost): boolean => url.startsWith("unix://");

const optionsOf = (url: string): Docker.DockerOptions => {
  if (url.startsWith("unix://")) return { socketPath: url.slice("unix://".length) };
  const { protocol, hostname, port, username } = new URL(url);
  if (protocol === "ssh:") return { protocol: "ssh", host: hostname, port: Number(port || 22), username };
  return { protocol: protocol === "https:" ? "https" : "http", host: hostname, port: Number(port || 2375) };
};

const tryRootless = async (env: NodeJS.ProcessEnv): Promise<{ docker: Docker; host: DockerHost } | undefined> => {
  const runtime = env["XDG_RUNTIME_DIR"];
  if (runtime === undefined) return undefined;
  const host = { url: `unix://${path.join(runtime, "docker.sock")}`, from: "rootless" };
  const { default: Client } = await import("dockerode");
  const docker = new Client(optionsOf(host.url));
  return docker.ping().then(
    () => ({ docker, host }),
    () => undefined,
  );
};

const connectError = (host: DockerHost, error: unknown): ChoreoError => {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EACCES") {
    return new ChoreoError("E_ENGINE_PERMISSION", `No permission to use Docker at ${host.url}`, {
      why: "your user may not open its socket",
      fix: "sudo usermod -aG docker $USER, then log in again",
      cause: error,
    });
  }
  const reason =
    code === "ENOENT" ? "no such file" : code === "ECONNREFUSED" ? "nobody listens there" : messageOf(error);
  return new ChoreoError("E_NO_ENGINE", "Docker is not running", {
    why: `${host.url} (${host.from}): ${reason}`,
    fix: "start Docker, then choreo-dev up",
    cause: error,
  });
};

/** The docker command keeps a context's endpoint under the SHA-256 of its name. */
const currentContext = async (env: NodeJS.ProcessEnv): Promise<DockerHost | undefined> => {
  const folder = env["DOCKER_CONFIG"] ?? path.join(env["HOME"] ?? os.homedir(), ".docker");
  const config = await readJson<{ currentContext?: string }>(path.join(folder, "config.json"));
  const name = env["DOCKER_CONTEXT"] ?? config?.currentContext;
  if (name === undefined || name === "" || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = await readJson<{ Endpoints?: { docker?: { Host?: string } } }>(
    path.join(folder, "contexts", "meta", id, "meta.json"),
  );
  const url = meta?.Endpoints?.docker?.Host;
  return url === undefined ? undefined : { url, from: `docker context ${name}` };
};

const readJson = async <T>(file: string): Promise<T | undefined> => {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch {
    return undefined;
  }
};

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { DockerOptions } from "dockerode";
import { ChoreoError } from "../lib/errors.ts";
import { readIfExists, readJsonIfExists } from "../lib/fs.ts";

export interface DockerHost {
  /** `unix:///…`, `tcp://…` or `ssh://…` */
  readonly url: string;
  /** What named it: "DOCKER_HOST", "docker context colima", "default". */
  readonly from: string;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`, where Docker is reached by TLS. */
  readonly certificates?: string;
}

/** Whether containers can mount folders of this machine and its loopback ports are ours. */
export const isLocal = ({ url }: DockerHost): boolean => url.startsWith("unix://");

/**
 * Where Docker is, best first, found as the docker command finds it: DOCKER_HOST or the current context decides; without
 * either it is the system's socket, or that of a rootless installation or of Docker Desktop. `E_NO_ENGINE` when the named
 * context does not exist.
 */
export const findDockerHosts = async (env: NodeJS.ProcessEnv): Promise<[DockerHost, ...DockerHost[]]> => {
  const named = env["DOCKER_HOST"];
  if (named !== undefined && named !== "") return [fromVariable(named, env)];
  const context = await currentContext(env);
  if (context !== undefined) return [context];
  const runtime = env["XDG_RUNTIME_DIR"];
  return [
    { url: "unix:///var/run/docker.sock", from: "default" },
    ...(runtime === undefined ? [] : [{ url: `unix://${path.join(runtime, "docker.sock")}`, from: "rootless" }]),
    { url: `unix://${path.join(homeOf(env), ".docker", "run", "docker.sock")}`, from: "Docker Desktop" },
  ];
};

/** Options for dockerode. `E_NO_ENGINE` for an address that is none, or certificates that cannot be read. */
export const optionsOf = async (host: DockerHost, env: NodeJS.ProcessEnv): Promise<DockerOptions> => {
  const { url, certificates } = host;
  if (url.startsWith("unix://")) return { socketPath: url.slice("unix://".length) };
  const { protocol, hostname, port, username } = parseUrl(host);
  if (protocol === "ssh:") {
    const agent = env["SSH_AUTH_SOCK"];
    const user = username === "" ? os.userInfo().username : username;
    const sshOptions = agent === undefined ? {} : { sshOptions: { agent } };
    return { protocol: "ssh", host: hostname, port: Number(port || 22), username: user, ...sshOptions };
  }
  if (certificates === undefined) return { protocol: "http", host: hostname, port: Number(port || 2375) };
  const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((file) => readPem(host, file)));
  return {
    protocol: "https",
    host: hostname,
    port: Number(port || 2376),
    ca: ca ?? "",
    cert: cert ?? "",
    key: key ?? "",
  };
};

const homeOf = (env: NodeJS.ProcessEnv): string => env["HOME"] ?? os.homedir();

const configFolder = (env: NodeJS.ProcessEnv): string => env["DOCKER_CONFIG"] ?? path.join(homeOf(env), ".docker");

const fromVariable = (value: string, env: NodeJS.ProcessEnv): DockerHost => {
  const host = { url: value.includes("://") ? value : `tcp://${value}`, from: "DOCKER_HOST" };
  const verify = env["DOCKER_TLS_VERIFY"];
  if (verify === undefined || verify === "") return host;
  return { ...host, certificates: env["DOCKER_CERT_PATH"] ?? configFolder(env) };
};

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

/** The docker command keeps a context under the SHA-256 of its name. */
const currentContext = async (env: NodeJS.ProcessEnv): Promise<DockerHost | undefined> => {
  const folder = configFolder(env);
  const config = await readJsonIfExists<{ currentContext?: string }>(path.join(folder, "config.json"));
  const name = env["DOCKER_CONTEXT"] ?? config?.currentContext;
  if (name === undefined || name === "" || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const file = path.join(folder, "contexts", "meta", id, "meta.json");
  const url = (await readJsonIfExists<ContextFile>(file))?.Endpoints?.docker?.Host;
  if (url === undefined || url === "") {
    throw new ChoreoError("E_NO_ENGINE", `There is no Docker context "${name}"`, {
      why: `${env["DOCKER_CONTEXT"] === undefined ? path.join(folder, "config.json") : "DOCKER_CONTEXT"} names it`,
      fix: "docker context ls shows those that exist; docker context use default",
    });
  }
  const certificates = path.join(folder, "contexts", "tls", id, "docker");
  const host = { url, from: `docker context ${name}` };
  const secure = (await readIfExists(path.join(certificates, "cert.pem"))) !== undefined;
  return secure ? { ...host, certificates } : host;
};

const parseUrl = ({ url, from }: DockerHost): URL => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && ["tcp:", "http:", "https:", "ssh:"].includes(parsed.protocol) && parsed.hostname !== "")
    return parsed;
  throw new ChoreoError("E_NO_ENGINE", `"${url}" is no address of Docker`, {
    why: `${from} says so`,
    fix: "it looks like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST",
  });
};

const readPem = async ({ certificates = "", url }: DockerHost, file: string): Promise<string> => {
  try {
    return await readFile(path.join(certificates, file), "utf8");
  } catch (error) {
    throw new ChoreoError("E_NO_ENGINE", `Docker at ${url} needs ${path.join(certificates, file)}`, {
      why: "TLS is asked for, and that file cannot be read",
      fix: "set DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem",
      cause: error,
    });
  }
};

import type Docker from "dockerode";
import { ChoreoError, isChoreoError, messageOf } from "../lib/errors.ts";
import { type DockerHost, findDockerHosts, optionsOf } from "./docker-host.ts";

export { type DockerHost, isLocal } from "./docker-host.ts";

/** A host that drops packets would otherwise be waited for until the system gives up, after minutes. */
const ANSWER_MS = 10_000;

export interface Connection {
  readonly docker: Docker;
  readonly host: DockerHost;
}

/**
 * Connects and proves that Docker answers. Errors say which address and what the system answered: `E_NO_ENGINE`, or
 * `E_ENGINE_PERMISSION` when the user may not open the socket.
 */
export const connectDocker = async (env: NodeJS.ProcessEnv): Promise<Connection> => {
  const [first, ...others] = await findDockerHosts(env);
  try {
    return await connect(first, env);
  } catch (error) {
    for (const other of others) {
      const found = await connect(other, env).catch(() => undefined);
      if (found !== undefined) return found;
    }
    throw isChoreoError(error) ? error : connectError(first, error);
  }
};

const connect = async (host: DockerHost, env: NodeJS.ProcessEnv): Promise<Connection> => {
  const { default: Client } = await import("dockerode");
  const docker = new Client(await optionsOf(host, env));
  await (docker as unknown as Pingable).ping({ abortSignal: AbortSignal.timeout(ANSWER_MS) });
  return { docker, host };
};

/** The option is missing in the types of dockerode. */
interface Pingable {
  ping(options: { abortSignal: AbortSignal }): Promise<unknown>;
}

const connectError = ({ url, from }: DockerHost, error: unknown): ChoreoError => {
  const { code = "", statusCode } = error as NodeJS.ErrnoException & { statusCode?: number };
  if (code === "EACCES" || code === "EPERM") {
    return new ChoreoError("E_ENGINE_PERMISSION", `No permission to use Docker at ${url}`, {
      why: "your user may not open its socket",
      fix: "sudo usermod -aG docker $USER, then log in again",
      cause: error,
    });
  }
  const reason = statusCode === undefined ? (REASONS[code] ?? messageOf(error)) : `it answers with HTTP ${statusCode}`;
  return new ChoreoError("E_NO_ENGINE", "Docker is not running", {
    why: `${url} (${from}): ${reason}`,
    fix: "start Docker, then choreo-dev up; without it: choreo-dev up --engine embedded",
    cause: error,
  });
};

/** What the system says, in plain words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTSOCK: "it is no socket",
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "there is no host of that name",
  ABORT_ERR: `no answer within ${ANSWER_MS / 1000} s`,
};

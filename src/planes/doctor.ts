import { connectDocker } from "../docker/client.ts";
import { preflightEmbedded } from "../engine/embedded/preflight.ts";
import type { Finding } from "../engine/engine.ts";
import { preflightKind } from "../engine/kind/preflight.ts";
import { findTool } from "../addons/tools.ts";
import { ERROR_CODES, isChoreoError, messageOf } from "../lib/errors.ts";
import { places, platformPlaces } from "../state/places.ts";
import type { DoctorInput } from "./api.ts";
import { wasOnDocker } from "./ground-docker.ts";
import { readPlatformRecord } from "./ground-embedded.ts";
import { networkName } from "./identity.ts";
import { repairFindings } from "./repair.ts";
import { supervisorStatus } from "./supervisor-process.ts";

/** Everything about this machine that decides whether `up` can work, each finding with its fix. */
export const examine = async (input: DoctorInput): Promise<readonly Finding[]> => {
  const node: Finding = { id: "node", level: "ok", message: `Node.js ${process.versions.node}` };
  const { platform } = input.loaded;
  const mine = platformPlaces(places(input.env), platform.name);
  if (platform.engine === "embedded" || (await readPlatformRecord(mine)) !== undefined)
    return [node, ...(await examineEmbedded(input))];
  const docker = await connectDocker(input.env).catch((error: unknown) => findingOf("docker", error));
  if ("docker" in docker) return [node, ...(await examineKind(input, docker.docker)), ...(await examineTools(input))];
  if (platform.engine === "kind" || (await wasOnDocker(mine))) return [node, docker, ...(await examineTools(input))];
  const instead: Finding = { id: "docker", level: "ok", message: `${docker.message}: up takes the embedded engine` };
  return [node, instead, ...(await examineEmbedded(input))];
};

type Connection = Awaited<ReturnType<typeof connectDocker>>;

const examineKind = async (
  { loaded, signal, fix }: DoctorInput,
  docker: Connection["docker"],
): Promise<readonly Finding[]> => {
  const { platform } = loaded;
  const findings = await preflightKind({ docker, network: networkName(platform.name) }, platform);
  return fix ? (await repairFindings(loaded, findings, signal)).findings : findings;
};

const examineEmbedded = async ({ loaded, env, signal, fix }: DoctorInput): Promise<readonly Finding[]> => {
  const { platform } = loaded;
  const { supervisor } = platformPlaces(places(env), platform.name);
  const running = (await supervisorStatus(supervisor.socket))?.clusters ?? [];
  const findings = await preflightEmbedded(platform, running.length > 0);
  return fix ? (await repairFindings(loaded, findings, signal)).findings : findings;
};

const examineTools = ({ loaded, env, signal }: DoctorInput): Promise<Finding[]> =>
  Promise.all(
    (["kind", "helm"] as const).map(async (name): Promise<Finding> => {
      const cacheDir = places(env).cache;
      const options = { cacheDir, network: loaded.platform.network, signal, searchPath: env["PATH"] };
      return findTool(name, options).then(
        ({ version, path }) => ({ id: name, level: "ok", message: `${name} ${version} (${path})` }),
        (error: unknown) => findingOf(name, error),
      );
    }),
  );

const findingOf = (id: string, error: unknown): Finding => {
  if (!isChoreoError(error)) return { id, level: "refuse", message: messageOf(error) };
  return {
    id,
    level: ERROR_CODES[error.code].user ? "refuse" : "warn",
    code: error.code,
    message: error.message,
    ...(error.why === undefined ? {} : { why: error.why }),
    ...(error.fix === undefined ? {} : { fix: error.fix }),
  };
};

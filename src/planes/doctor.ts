import { connectDocker } from "../docker/client.ts";
import type { Finding } from "../engine/engine.ts";
import { preflightKind } from "../engine/kind/preflight.ts";
import { findTool } from "../addons/tools.ts";
import { ERROR_CODES, isChoreoError, messageOf } from "../lib/errors.ts";
import { places } from "../state/places.ts";
import type { DoctorInput } from "./api.ts";
import { networkName } from "./identity.ts";
import { repairFindings } from "./repair.ts";

/** Everything about this machine that decides whether `up` can work, each finding with its fix. */
export const examine = async ({ loaded, env, signal, fix }: DoctorInput): Promise<readonly Finding[]> => {
  const { platform } = loaded;
  const tools = await Promise.all(
    (["kind", "helm"] as const).map(async (name): Promise<Finding> => {
      const cacheDir = places(env).cache;
      const options = { cacheDir, network: platform.network, signal, searchPath: env["PATH"] };
      return findTool(name, options).then(
        ({ version, path }) => ({ id: name, level: "ok", message: `${name} ${version} (${path})` }),
        (error: unknown) => findingOf(name, error),
      );
    }),
  );
  const node: Finding = { id: "node", level: "ok", message: `Node.js ${process.versions.node}` };
  try {
    const { docker } = await connectDocker(env);
    const findings = await preflightKind({ docker, network: networkName(platform.name) }, platform);
    const now = fix ? (await repairFindings(loaded, findings, signal)).findings : findings;
    return [node, ...now, ...tools];
  } catch (error) {
    return [node, findingOf("docker", error), ...tools];
  }
};

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

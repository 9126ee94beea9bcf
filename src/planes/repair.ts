import { writeValue } from "../config/edit.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Platform } from "../config/model.ts";
import type { Finding } from "../engine/engine.ts";
import { isChoreoError, messageOf } from "../lib/errors.ts";
import { exec } from "../lib/exec.ts";
import { nextFreePort } from "./gateway-ports.ts";

export interface Repaired {
  readonly loaded: LoadedConfig;
  /** The findings as they are now; what was repaired is `ok` and says how. */
  readonly findings: readonly Finding[];
  /** One sentence per repair. */
  readonly done: readonly string[];
}

/** Repairs what needs no decision of the user: kernel limits, and gateway ports that somebody else holds. */
export const repairFindings = async (
  loaded: LoadedConfig,
  findings: readonly Finding[],
  signal: AbortSignal,
): Promise<Repaired> => {
  let now = loaded;
  const after: Finding[] = [];
  const done: string[] = [];
  for (const finding of findings) {
    const repair = finding.level === "refuse" && finding.fixable === true ? repairOf(now, finding, signal) : undefined;
    const result = (await repair) ?? { loaded: now, finding };
    now = result.loaded;
    after.push(result.finding);
    if (result.finding.level === "ok" && finding.level === "refuse") done.push(result.finding.message);
  }
  return { loaded: now, findings: after, done };
};

type Result = Pick<Repaired, "loaded"> & { readonly finding: Finding };

const repairOf = (loaded: LoadedConfig, finding: Finding, signal: AbortSignal): Promise<Result> | undefined => {
  const setting = /sysctl (fs\.inotify\.\w+=\d+)/.exec(finding.fix ?? "")?.[1];
  if (setting !== undefined)
    return raiseLimit(finding, setting, signal).then((repaired) => ({ loaded, finding: repaired }));
  const port = /^port-(\d+)$/.exec(finding.id)?.[1];
  return port === undefined ? undefined : moveGateway(loaded, finding, Number(port));
};

const raiseLimit = async (finding: Finding, setting: string, signal: AbortSignal): Promise<Finding> => {
  try {
    await exec("sysctl", ["-w", setting], { signal });
    return { id: finding.id, level: "ok", message: `${setting} was set until the next boot` };
  } catch (error) {
    return { ...finding, why: isChoreoError(error) ? (error.evidence.at(-1) ?? error.message) : messageOf(error) };
  }
};

/** Writes the new port into the file it came from, so that the next command, and the next reader, see it. */
const moveGateway = async (loaded: LoadedConfig, finding: Finding, port: number): Promise<Result> => {
  const { platform } = loaded;
  const index = platform.planes.data.findIndex(({ gateway }) => gateway.port === port);
  if (index < 0 || platform.file === undefined) return { loaded, finding };
  const used = new Set(platform.planes.data.flatMap(({ gateway }) => gateway.port ?? []));
  const free = await nextFreePort(used);
  await writeValue(platform.file, ["planes", "data", index, "gateway", "port"], free);
  const message = `gateway of ${platform.planes.data[index]?.name}: port ${port} is taken, ${free} was written to ${platform.file}`;
  return {
    loaded: { ...loaded, platform: withPort(platform, index, free) },
    finding: { id: finding.id, level: "ok", message },
  };
};

const withPort = (platform: Platform, index: number, port: number): Platform => ({
  ...platform,
  planes: {
    ...platform.planes,
    data: platform.planes.data.map((plane, at) => (at === index ? { ...plane, gateway: { port } } : plane)),
  },
});

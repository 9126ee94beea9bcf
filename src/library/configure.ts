import { randomBytes } from "node:crypto";
import path from "node:path";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { CONFIG_API_VERSION, CONFIG_KIND } from "../config/schema.ts";
import { ChoreoError } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { leasesOfState } from "../planes/leases.ts";
import { places, platformPlaces } from "../state/places.ts";
import type { StartOptions } from "./options.ts";

const ENGINES = ["embedded", "kind", "auto"] as const;

/** What the options ask for, as a configuration: of a new platform with a random name, or of the one that is named. */
export const configure = async (options: StartOptions, env: NodeJS.ProcessEnv): Promise<LoadedConfig> => {
  const { reuse, config, topology, cwd = process.cwd() } = options;
  if (reuse !== undefined) return configOf(reuse, { config, cwd, env });
  const engine = options.engine ?? engineOf(env);
  const name = `t-${randomBytes(5).toString("hex")}`;
  const common = { cwd, env, name, engine: engine === "auto" ? undefined : engine, topology };
  return loadConfig(
    config === undefined
      ? { ...common, text: textOf(options, await secretsOf(options, name, env)) }
      : { ...common, file: config },
  );
};

const engineOf = (env: NodeJS.ProcessEnv): (typeof ENGINES)[number] => {
  const text = env["CHOREO_DEV_ENGINE"];
  if (text === undefined || text === "") return "embedded";
  const found = ENGINES.find((one) => one === text);
  if (found !== undefined) return found;
  throw new ChoreoError("E_USAGE", `CHOREO_DEV_ENGINE is "${text}"`, { fix: `set it to ${ENGINES.join(", ")}` });
};

/** YAML, because every JSON text is. */
const textOf = ({ planes, environments }: StartOptions, secrets: object | undefined): string =>
  JSON.stringify({ apiVersion: CONFIG_API_VERSION, kind: CONFIG_KIND, planes, environments, secrets });

/** In the platform's own folder, and gone with it. */
const secretsOf = async (
  { secrets }: StartOptions,
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly file: string } | undefined> => {
  if (secrets === undefined) return undefined;
  const file = path.join(platformPlaces(places(env), name).dir, "secrets.yaml");
  await writeFileAtomic(file, JSON.stringify(secrets));
  return { file };
};

/** An ephemeral platform has its configuration with its lease; of another one the file is what the command line takes. */
const configOf = async (
  name: string,
  { config, cwd, env }: { readonly config: string | undefined; readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<LoadedConfig> => {
  const leased = (await leasesOfState(env)).find((one) => one.name === name);
  if (leased !== undefined) return { platform: leased.platform, sources: new Map(), deliberate: true };
  return loadConfig({ cwd, env, name, file: config === undefined ? undefined : path.resolve(cwd, config) });
};

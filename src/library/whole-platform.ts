import { readFile } from "node:fs/promises";
import type { LoadedConfig } from "../config/load.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import type { CallContext, PlatformAccess } from "../planes/api.ts";
import { DEFAULT_ORGANIZATION } from "../planes/defaults.ts";
import { downPlatform } from "../planes/down.ts";
import { releasePorts } from "../planes/gateway-ports.ts";
import { openPlatform } from "../planes/open.ts";
import { platformStatus } from "../planes/status.ts";
import { upPlatform } from "../planes/up.ts";
import { leaseOf } from "../state/lease.ts";
import { configure } from "./configure.ts";
import { inProcess } from "./in-process.ts";
import type { ComponentFunction, StartOptions } from "./options.ts";
import type { PlatformScope } from "./scope.ts";
import { startSeeded } from "./seed.ts";
import { readTemplate, templateFile, writeTemplate } from "./template.ts";
import type { ViewInput } from "./view.ts";

/** Starts a platform, or takes one that runs, with nothing in it yet of what a test wants there. */
export const openWhole = async (options: StartOptions): Promise<ViewInput> => {
  const env = options.env ?? process.env;
  const loaded = await configure(options, env);
  const ending = new AbortController();
  const signal = manyListeners(
    options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]),
  );
  const start: Start = { options, loaded, env, signal };
  const ground = options.reuse === undefined ? await make(start) : await take(start);
  const end = async (): Promise<void> => {
    ground.access.close();
    await ground.remove();
    ending.abort(new Error("the platform was given back"));
  };
  try {
    const { context, engine, local } = ground;
    return { scope: await scopeOf(start, ground), context, engine, local, end };
  } catch (error) {
    await end();
    throw error;
  }
};

interface Start {
  readonly options: StartOptions;
  readonly loaded: LoadedConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** What a platform stands on, and how it goes. */
interface Ground extends Pick<ViewInput, "context" | "engine" | "local"> {
  readonly access: PlatformAccess;
  readonly remove: () => Promise<void>;
}

/** A new one that goes with this process: embedded in it, or on kind as `choreo-dev up` makes it. */
const make = async ({ options, loaded, env, signal }: Start): Promise<Ground> => {
  const { platform } = loaded;
  const functions = new Map<string, ComponentFunction>();
  const emit = options.onEvent ?? (() => undefined);
  const file = await templateFile(platform, env);
  const template = platform.engine === "embedded" ? await readTemplate(file, platform.name) : undefined;
  const initial = (cluster: string) => template?.get(cluster);
  const supervisor = inProcess({ inMemory: true, functions, initial, log: () => undefined });
  const context: CallContext = { env, signal, supervisor };
  const remove = async (): Promise<void> => {
    // Whatever ended the work must not end the clean-up.
    await downPlatform({ ...context, signal: new AbortController().signal, loaded, emit, force: true });
    await releasePorts(platform.name);
  };
  try {
    const lease = await leaseOf(process.pid);
    if (template !== undefined) await startSeeded(loaded, { ...context, lease });
    const up = { bundle: env["CHOREO_DEV_BUNDLE"], recreate: [], retain: false, fix: false };
    const { engine } = await upPlatform({ ...context, loaded, emit, lease, ...up });
    const local = engine === "embedded" ? { supervisor, functions } : undefined;
    if (local !== undefined && template === undefined && isPlain(loaded))
      // Without a template the next one takes longer, and that is all.
      await writeTemplate(file, platform.name, supervisor.snapshot()).catch(() => undefined);
    const access = await openPlatform(loaded, context);
    return { access, context, engine, remove, local };
  } catch (error) {
    await remove();
    throw error;
  }
};

/** Of what everybody's platform of this form begins with. */
const isPlain = ({ platform: { components, resources } }: LoadedConfig): boolean =>
  components.length + resources.length === 0;

/** One that somebody else made, who also removes it. */
const take = async ({ loaded, env, signal }: Start): Promise<Ground> => {
  const context = { env, signal };
  const { engine } = await platformStatus(loaded, context);
  const access = await openPlatform(loaded, context);
  return { access, context, engine, remove: () => Promise.resolve(), local: undefined };
};

const scopeOf = async ({ options, loaded, signal }: Start, { access }: Ground): Promise<PlatformScope> => {
  const planes = access.planes.map(async (plane) => ({
    ...plane,
    client: await (plane.role === "control" ? access.control() : access.plane(plane.name)),
  }));
  return {
    loaded,
    planes: await Promise.all(planes),
    organization: DEFAULT_ORGANIZATION,
    ca: await readFile(access.caFile, "utf8"),
    cwd: options.cwd ?? process.cwd(),
    signal,
  };
};

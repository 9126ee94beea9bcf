import type { LoadedConfig } from "../config/load.ts";
import type { Context } from "./command.ts";
import type { TargetOptions } from "./definitions/shared.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { CallContext, PlatformAccess } from "../planes/api.ts";

/** The configuration that the target options of a command name. */
export const loadTarget = (
  args: TargetOptions & { readonly engine?: "kind" | "embedded" | "kubeconfig" | undefined },
  context: Context,
): Promise<LoadedConfig> =>
  context.seams.loadConfig({
    cwd: context.io.cwd,
    env: context.io.env,
    file: args.config,
    name: args.platform,
    engine: args.engine,
  });

export const callContext = ({ io, signal }: Context): CallContext => ({ env: io.env, signal });

/** Opens the platform, works with it and closes its clients again, whatever happens. */
export const withPlatform = async <T>(
  args: TargetOptions,
  context: Context,
  work: (platform: PlatformAccess, loaded: LoadedConfig) => Promise<T>,
): Promise<T> => {
  const loaded = await loadTarget(args, context);
  const platform = await context.seams.openPlatform(loaded, callContext(context));
  try {
    return await work(platform, loaded);
  } finally {
    platform.close();
  }
};

/** Client of the plane that runs builds. */
export const buildPlane = (platform: PlatformAccess): Promise<KubeClient> =>
  platform.plane(platform.planes.find(({ role }) => role === "build")?.name ?? "build");

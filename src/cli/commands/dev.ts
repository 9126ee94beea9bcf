import type { BuildDaemon } from "../../dev/build/direct.ts";
import { createDeployer } from "../../dev/loop/deployer.ts";
import { type DevEvent, runSession } from "../../dev/loop/session.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { PlatformComponentSpec } from "../../config/model.ts";
import { runPlatformSession } from "../../dev/loop/platform-session.ts";
import { type DevTarget, findTargets } from "../../dev/loop/targets.ts";
import { parseDuration } from "../../lib/duration.ts";
import { isChoreoError } from "../../lib/errors.ts";
import type { Context, Handler } from "../command.ts";
import type { DevArgs, DevWhat } from "../definitions/dev.ts";
import { callContext, withPlatform } from "../platform.ts";
import { createDevText } from "../render/dev-text.ts";
import { styleFor } from "../render/style.ts";

/** Watches the folders of components and deploys what is saved, until Ctrl-C. */
export const run: Handler<DevArgs & DevWhat> = async (args, context) => {
  const { signal } = context;
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform, loaded) => {
    const control = await platform.control();
    const { organization, project, environment } = args;
    const { parts, names } = splitNames(loaded, args.component);
    const wanted = { names, organization, project, environment };
    const isPartsOnly = args.component.length > 0 && names.length === 0;
    const targets = isPartsOnly ? [] : await findTargets(control, wanted, signal).catch(noneBeside(parts, names));
    const registry = await platform.registry();
    const build = platform.planes.find(({ role }) => role === "build")?.name;
    const daemon = async (): Promise<BuildDaemon | undefined> =>
      build === undefined || registry === undefined
        ? undefined
        : { client: await platform.plane(build), endpoint: await platform.endpoint(build) };
    const deployer = createDeployer({
      daemon,
      ...{ control, plane: (name) => platform.plane(name), registry },
      ...{ builds: platform.builds, syncDir: platform.syncDir, timeoutMs, signal },
    });
    const emit = emitter(args, context);
    const redeploy = (part: PlatformComponentSpec): Promise<unknown> =>
      context.seams.redeployComponent(loaded, part, { ...callContext(context), timeoutMs });
    await Promise.all([
      runSession({ targets, signal, emit, deploy: deployer.deploy }),
      runPlatformSession({ components: parts, signal, emit, redeploy }),
    ]);
    for (const { component, message } of await deployer.leave()) emit({ type: "trouble", component, message });
  });
};

/** Of the names, those of platform components, and the others; without names all there are. */
const splitNames = (
  { platform: { platformComponents } }: LoadedConfig,
  names: readonly string[],
): { readonly parts: readonly PlatformComponentSpec[]; readonly names: readonly string[] } => ({
  parts: platformComponents.filter(({ name }) => names.length === 0 || names.includes(name)),
  names: names.filter((name) => platformComponents.every((part) => part.name !== name)),
});

/** Whoever works on the platform itself may have no component with a source. */
const noneBeside =
  (parts: readonly PlatformComponentSpec[], names: readonly string[]) =>
  (error: unknown): readonly DevTarget[] => {
    if (parts.length > 0 && names.length === 0 && isChoreoError(error, "E_NOT_FOUND")) return [];
    throw error;
  };

const emitter = ({ output }: DevArgs, { io }: Context): ((event: DevEvent) => void) => {
  if (output === "ndjson") return (event) => void io.stdout.write(`${JSON.stringify(event)}\n`);
  const text = createDevText(styleFor(io.stdout, io.env));
  return (event) => void io.stdout.write(text(event, new Date()));
};

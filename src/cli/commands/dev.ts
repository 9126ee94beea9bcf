import type { BuildDaemon } from "../../dev/build/direct.ts";
import { createDeployer } from "../../dev/loop/deployer.ts";
import { type DevEvent, runSession } from "../../dev/loop/session.ts";
import { findTargets } from "../../dev/loop/targets.ts";
import { parseDuration } from "../../lib/duration.ts";
import type { Context, Handler } from "../command.ts";
import type { DevArgs, DevWhat } from "../definitions/dev.ts";
import { withPlatform } from "../platform.ts";
import { createDevText } from "../render/dev-text.ts";
import { styleFor } from "../render/style.ts";

/** Watches the folders of components and deploys what is saved, until Ctrl-C. */
export const run: Handler<DevArgs & DevWhat> = async (args, context) => {
  const { signal } = context;
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const { organization, project, environment } = args;
    const wanted = { names: args.component, organization, project, environment };
    const targets = await findTargets(control, wanted, signal);
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
    await runSession({ targets, signal, emit, deploy: deployer.deploy });
    for (const { component, message } of await deployer.leave()) emit({ type: "trouble", component, message });
  });
};

const emitter = ({ output }: DevArgs, { io }: Context): ((event: DevEvent) => void) => {
  if (output === "ndjson") return (event) => void io.stdout.write(`${JSON.stringify(event)}\n`);
  const text = createDevText(styleFor(io.stdout, io.env));
  return (event) => void io.stdout.write(text(event, new Date()));
};

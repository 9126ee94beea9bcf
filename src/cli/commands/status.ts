import { messageOf } from "../../lib/errors.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { Context, Handler } from "../command.ts";
import type { StatusArgs } from "../definitions/platform.ts";
import { widthOf } from "../io.ts";
import { callContext, loadTarget } from "../platform.ts";
import { writeResult } from "../render/output.ts";
import { styleFor } from "../render/style.ts";
import { NO_RESOURCES, type StatusResources, readResources, statusDocument } from "../../resources/status-document.ts";
import { statusMarkdown } from "../status/markdown.ts";
import { statusText } from "../status/text.ts";

/** Shows the platform as it is. A platform that is not ready is an answer, not a failure. */
export const run: Handler<StatusArgs> = async (args, context) => {
  const { io, seams } = context;
  const loaded = await loadTarget(args, context);
  const [facts, read] = await Promise.all([
    seams.platformStatus(loaded, callContext(context)),
    resourcesOf(loaded, context),
  ]);
  const status = statusDocument(facts, read.resources);
  // A plane that is known to be down explains it better.
  if (read.problem !== undefined && facts.planes.some(({ role, state }) => role === "control" && state === "ready")) {
    io.stderr.write(`resources cannot be read: ${read.problem}\n`);
  }
  if (args.output === "md") {
    io.stdout.write(statusMarkdown(status));
    return;
  }
  await writeResult(io, args.output, {
    value: status,
    table: () =>
      statusText(status, {
        style: styleFor(io.stdout, io.env),
        width: widthOf(io.stdout),
        environments: loaded.platform.environments.map(({ name }) => name),
        now: Date.now(),
      }),
  });
};

/** Without an API server the facts of the platform are all there is to show, and they say why. */
const resourcesOf = async (
  loaded: LoadedConfig,
  context: Context,
): Promise<{ resources: StatusResources; problem?: string }> => {
  const platform = await context.seams.openPlatform(loaded, callContext(context));
  try {
    return { resources: await readResources(await platform.control(), context.signal) };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { resources: NO_RESOURCES, problem: messageOf(error) };
  } finally {
    platform.close();
  }
};

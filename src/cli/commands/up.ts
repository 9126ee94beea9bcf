import type { Handler } from "../command.ts";
import type { UpArgs } from "../definitions/platform.ts";
import { leaseOf } from "../../state/lease.ts";
import { callContext, loadTarget } from "../platform.ts";
import { openView } from "../render/view.ts";

/** Makes the platform what its configuration says, and shows how; with `--watch` it goes on with the dev loop. */
export const run: Handler<UpArgs> = async (args, context) => {
  const { io, seams } = context;
  const loaded = await loadTarget(args, context);
  const view = await openView(io, args.output, "Ready");
  try {
    const report = await seams.upPlatform({
      ...callContext(context),
      loaded,
      emit: view.emit,
      bundle: args.bundle ?? io.env["CHOREO_DEV_BUNDLE"],
      recreate: args.recreate,
      retain: args.retain,
      fix: args.fix,
      lease: args.owner === undefined ? undefined : await leaseOf(args.owner),
    });
    await view.end();
    if (args.output === "text" && report.trace !== undefined)
      io.stderr.write(`  trace:  ${report.trace}  (opens in ui.perfetto.dev)\n`);
  } catch (error) {
    await view.end();
    throw error;
  }
  if (!args.watch) return;
  const { run: watch } = await import("./dev.ts");
  const { platform, config, output } = args;
  const all = { component: [], organization: undefined, project: undefined, environment: undefined };
  await watch({ platform, config, output, timeout: "5m", ...all }, context);
};

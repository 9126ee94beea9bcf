import type { Handler } from "../command.ts";
import type { WorkArgs } from "../definitions/platform.ts";
import { callContext, loadTarget } from "../platform.ts";
import { openView } from "../render/view.ts";

/** Wakes a stopped platform. */
export const run: Handler<WorkArgs> = async (args, context) => {
  const loaded = await loadTarget(args, context);
  const view = await openView(context.io, args.output, "Ready");
  try {
    await context.seams.startPlatform({ ...callContext(context), loaded, emit: view.emit });
  } finally {
    await view.end();
  }
};

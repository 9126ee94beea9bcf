import { createInterface } from "node:readline/promises";
import { ChoreoError } from "../../lib/errors.ts";
import type { Context, Handler } from "../command.ts";
import type { DownArgs } from "../definitions/platform.ts";
import { isInteractive } from "../io.ts";
import { callContext, loadTarget } from "../platform.ts";
import { openView } from "../render/view.ts";

/** Removes the platform. Asks first, if there is somebody to ask. */
export const run: Handler<DownArgs> = async (args, context) => {
  const loaded = await loadTarget(args, context);
  if (!args.force) await confirm(loaded.platform.name, context);
  const view = await openView(context.io, args.output, "Removed");
  try {
    await context.seams.downPlatform({ ...callContext(context), loaded, emit: view.emit, force: args.force });
  } finally {
    await view.end();
  }
};

const confirm = async (platform: string, { io, signal }: Context): Promise<void> => {
  const { isTTY } = io.stdin as { isTTY?: boolean };
  if (isTTY !== true || !isInteractive(io.stderr, io.env)) return;
  const asked = createInterface({ input: io.stdin, output: io.stderr as NodeJS.WritableStream });
  try {
    const answer = await asked.question(`Remove platform ${platform} with everything deployed on it? [y/N] `, {
      signal,
    });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    asked.close();
  }
  throw new ChoreoError("E_INTERRUPTED", "nothing was removed", { fix: "choreo-dev down --force asks nothing" });
};

import { fill } from "./fill.ts";
import type { StartOptions } from "./options.ts";
import type { RunningPlatform } from "./platform.ts";
import { viewOf } from "./view.ts";
import { openWhole } from "./whole-platform.ts";

/** Starts a platform, or takes one that runs, and hands it out when everything that was asked for is applied. */
export const startPlatform = async (options: StartOptions = {}): Promise<RunningPlatform> => {
  const opened = await openWhole(options);
  try {
    const whole = viewOf(opened);
    const view = options.isolation === "organization" ? inside(whole, await whole.isolate()) : whole;
    await fill(view, options);
    return view;
  } catch (error) {
    await opened.end();
    throw error;
  }
};

/** The organization goes first, and with it what is below. */
const inside = (whole: RunningPlatform, own: RunningPlatform): RunningPlatform => ({
  ...own,
  [Symbol.asyncDispose]: async () => {
    await own[Symbol.asyncDispose]();
    await whole[Symbol.asyncDispose]();
  },
});

import type { StartOptions } from "./options.ts";
import type { RunningPlatform } from "./platform.ts";

/** Applies what a platform is to have from the start, and waits until its components serve. */
export const fill = async (
  platform: RunningPlatform,
  { resources = [], components = {} }: StartOptions,
): Promise<void> => {
  const entries = Object.entries(components);
  const manifests = entries.flatMap(([, what]) => (typeof what === "string" ? [what] : []));
  if (resources.length + manifests.length > 0) await platform.apply(...resources, ...manifests);
  await Promise.all(
    entries.map(([name, what]) =>
      typeof what === "string" ? platform.component(name).ready() : platform.serve(name, what),
    ),
  );
};

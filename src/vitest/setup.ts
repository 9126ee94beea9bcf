// `choreo-dev/vitest/setup`: one platform for a whole run, where making one is dear.
import { startPlatform } from "../library/start-platform.ts";
import { SHARED, type SharedPlatform } from "./shared.ts";

interface Project {
  provide(key: never, value: never): void;
}

/**
 * Makes a platform on kind before the first worker starts and removes it behind the last. On the embedded engine there is
 * nothing to share: each test has its own in less time than it takes to look for another.
 */
export default async (project: Project): Promise<(() => Promise<void>) | undefined> => {
  if ((process.env["CHOREO_DEV_ENGINE"] ?? "embedded") === "embedded") return undefined;
  const platform = await startPlatform();
  const shared: SharedPlatform = { name: platform.name };
  project.provide(SHARED as never, shared as never);
  return async () => platform[Symbol.asyncDispose]();
};

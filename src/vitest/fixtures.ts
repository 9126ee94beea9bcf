import { type TestAPI, inject, test as base } from "vitest";
import type { StartOptions } from "../library/options.ts";
import type { RunningPlatform, Snapshot } from "../library/platform.ts";
import { startPlatform } from "../library/start-platform.ts";
import { keepEvidence } from "./evidence.ts";
import { SHARED, type SharedPlatform } from "./shared.ts";

export interface FixtureOptions extends Omit<StartOptions, "reuse" | "isolation"> {
  /** How long one platform serves: a test, a file, or all files of a worker. Default: a test. */
  readonly scope?: "test" | "file" | "worker" | undefined;
  /**
   * What a test has for itself when the platform serves several: nothing, an own organization, or the platform as it was
   * before the last test (`snapshot`, on `embedded`). Default: nothing.
   */
  readonly isolation?: "none" | "organization" | "snapshot" | undefined;
  /** Where failing tests leave their evidence. Default: `test-results`. */
  readonly results?: string | undefined;
}

export interface PlatformFixtures {
  readonly platform: RunningPlatform;
}

interface Host {
  readonly platform: RunningPlatform;
  /** As it was when it was made; undefined where it is not wanted. */
  readonly before: Snapshot | undefined;
}

/**
 * A `test` whose tests are handed a platform. One that global setup shares is used with an own organization, instead of a
 * new one.
 */
export const platformTest = (options: FixtureOptions = {}): TestAPI<PlatformFixtures> => {
  const { scope = "test", isolation = "none", results = "test-results", ...start } = options;
  const hosted = base.extend<{ choreoHost: Host }>({
    choreoHost: [
      // oxlint-disable-next-line no-empty-pattern -- vitest reads which fixtures are wanted from here
      async ({}, use) => {
        const platform = await startPlatform({ ...start, ...sharedOptions() });
        const host = { platform, before: isolation === "snapshot" ? platform.snapshot() : undefined };
        try {
          await use(host);
        } finally {
          await platform[Symbol.asyncDispose]();
        }
      },
      { scope },
    ],
  });
  return hosted.extend<PlatformFixtures>({
    platform: async ({ choreoHost: { platform, before }, task }, use) => {
      const own = isolation === "organization" ? await platform.isolate() : platform;
      await use(own);
      await keepEvidence(own, task, results);
      if (own !== platform) await own[Symbol.asyncDispose]();
      if (before !== undefined) await platform.restore(before);
    },
  });
};

/** A platform of its own for every test. */
export const test: TestAPI<PlatformFixtures> = platformTest();

const sharedOptions = (): Pick<StartOptions, "reuse" | "isolation"> => {
  const shared = inject(SHARED as never) as SharedPlatform | undefined;
  return shared === undefined ? {} : { reuse: shared.name, isolation: "organization" };
};

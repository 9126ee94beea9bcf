import { type TestAPI, inject, test as base } from "vitest";
import type { StartOptions } from "../library/options.ts";
import type { RunningPlatform, Snapshot } from "../library/platform.ts";
import { type PlatformPool, createPlatformPool } from "../library/platform-pool.ts";
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
  /**
   * How many platforms a worker keeps ahead for its tests, which take one each and give it back: as many as run at once. Not
   * used with a platform that global setup shares. Default: none, platforms are started when they are wanted.
   */
  readonly pool?: number | undefined;
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
  const { scope = "test", isolation = "none", results = "test-results", pool: size, ...start } = options;
  const pooled = base.extend<{ choreoPool: PlatformPool | undefined }>({
    choreoPool: [
      // oxlint-disable-next-line no-empty-pattern -- vitest reads which fixtures are wanted from here
      async ({}, use) => {
        const isWanted = size !== undefined && sharedOptions().reuse === undefined;
        await using pool = isWanted ? createPlatformPool({ size, ...start }) : undefined;
        await use(pool);
      },
      // vitest takes fixtures of a worker at the top of a file only: that holds for a pool, and for nothing else.
      { scope: size === undefined ? scope : "worker" },
    ],
  });
  const hosted = pooled.extend<{ choreoHost: Host }>({
    choreoHost: [
      async ({ choreoPool }, use) => {
        const platform = await (choreoPool?.take() ?? startPlatform({ ...start, ...sharedOptions() }));
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

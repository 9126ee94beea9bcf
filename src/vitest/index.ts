// `choreo-dev/vitest`: platforms as fixtures, matchers, and what a failing test leaves.
import { expect } from "vitest";
import { endWithRunner } from "./end-with-runner.ts";
import { type ChoreoMatchers, matchers } from "./matchers.ts";

export type { ChoreoMatchers, ServeOptions } from "./matchers.ts";
export { type FixtureOptions, type PlatformFixtures, platformTest, test } from "./fixtures.ts";

expect.extend(matchers);
endWithRunner();

declare module "vitest" {
  // oxlint-disable-next-line no-unused-vars, no-empty-object-type, no-explicit-any -- as vitest declares it
  interface Matchers<T = any> extends ChoreoMatchers {}
}

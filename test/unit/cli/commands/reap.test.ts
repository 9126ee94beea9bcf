import { expect, test } from "vitest";
import type { ReapInput, Reaped } from "../../../../src/planes/reap.ts";
import { cliWorld } from "../../../helpers/cli-world.ts";
import { samplePlatform } from "../../../helpers/platform.ts";

const leased = (name: string, pid: number, state: Reaped["state"], problem?: string): Reaped => ({
  name,
  lease: { pid, startTime: "1", machine: "abc" },
  state,
  platform: samplePlatform({ name }),
  env: {},
  ...(problem === undefined ? {} : { problem }),
});

const reaping = (found: readonly Reaped[]) => {
  const inputs: ReapInput[] = [];
  const reapPlatforms = async (input: ReapInput): Promise<readonly Reaped[]> => {
    inputs.push(input);
    return found;
  };
  return { inputs, run: (...words: string[]) => cliWorld().run(["reap", ...words], { seams: { reapPlatforms } }) };
};

const FOUND = [leased("t1", 11, "held"), leased("t2", 12, "ended"), leased("t3", 13, "elsewhere")];

test("says of every platform with an owner what became of it", async () => {
  const { run } = reaping(FOUND);
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "PLATFORM  OWNER                                                 RESULT
    t1        pid 11 runs                                           kept
    t2        pid 12 has ended                                      removed
    t3        pid 13 is on another machine or in another container  left alone: choreo-dev down --platform removes it
    "
  `);
});

test("removes nothing in a dry run", async () => {
  const { run, inputs } = reaping(FOUND);
  const { stdout } = await run("--dry-run", "-o", "json");
  expect(inputs).toMatchObject([{ dryRun: true }]);
  const { platforms } = JSON.parse(stdout) as { platforms: { name: string; result: string }[] };
  expect(platforms.map(({ name, result }) => `${name} ${result}`)).toEqual([
    "t1 kept",
    "t2 would be removed",
    "t3 unknown",
  ]);
});

test("fails when something could not be removed, and says why", async () => {
  const { code, stdout } = await reaping([leased("t2", 12, "ended", "Docker does not answer")]).run();
  expect(code).toBe(1);
  expect(stdout).toContain("Docker does not answer");
});

test("prints no table without rows", async () => {
  expect(await reaping([]).run()).toMatchObject({ code: 0, stdout: "", stderr: "No platform has an owner\n" });
});

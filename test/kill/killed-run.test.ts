import { afterAll, expect, test } from "vitest";
import { sandbox } from "../helpers/cli.ts";
import { leftovers } from "../helpers/docker.ts";
import { killRuns } from "../helpers/killed-run.ts";

const rounds = Number(process.env["CHOREO_TEST_ROUNDS"] ?? 1);
const seed = Number(process.env["CHOREO_TEST_SEED"] ?? 1);
const box = sandbox("killed");
afterAll(() => box.remove());

test(`of a vitest run that is killed nothing is left on kind when a down has had its time and 5 s, ${rounds} times (seed ${seed})`, async () => {
  const report = await killRuns(box, {
    rounds,
    seed,
    engine: "kind",
    longestMs: 90_000,
    goneMs: 120_000,
    elsewhere: async (names) => (await Promise.all(names.map(leftovers))).flat(),
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ rounds, left: [] });
  expect(report.noticedMs).toBeLessThan(5000);
}, 3_600_000);

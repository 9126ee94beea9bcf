import { afterAll, expect, test } from "vitest";
import { sandbox } from "../../helpers/cli.ts";
import { killRuns } from "../../helpers/killed-run.ts";

const rounds = Number(process.env["CHOREO_TEST_ROUNDS"] ?? 1);
const seed = Number(process.env["CHOREO_TEST_SEED"] ?? 1);
const box = sandbox("killed");
afterAll(() => box.remove());

test(`of a vitest run that is killed neither processes nor files are left after 15 s, ${rounds} times (seed ${seed})`, async () => {
  const report = await killRuns(box, { rounds, seed, engine: "embedded", longestMs: 12_000, goneMs: 15_000 });
  expect(report).toMatchObject({ rounds, left: [] });
  if (rounds > 1) process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.withPlatforms).toBeGreaterThan(0);
}, 7_200_000);

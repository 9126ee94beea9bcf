import { expect, test } from "vitest";
import { killWhileWriting } from "../helpers/killed-server.ts";

const rounds = Number(process.env["CHOREO_TEST_ROUNDS"] ?? 10);
const seed = Number(process.env["CHOREO_TEST_SEED"] ?? 1);

test(`an API server that is killed ${rounds} times while it writes loses nothing that it acknowledged (seed ${seed})`, async () => {
  const report = await killWhileWriting(rounds, seed);
  expect(report).toMatchObject({ rounds, broken: [] });
  expect(report.acknowledged).toBeGreaterThanOrEqual(rounds);
  if (rounds > 10) process.stdout.write(`${JSON.stringify(report)}\n`);
}, 3_600_000);

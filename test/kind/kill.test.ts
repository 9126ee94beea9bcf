import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { KILL_POINTS, killAndRepair } from "../helpers/kill-history.ts";

/** Two points, others for every commit: `npm run test:kill` runs all of them. */
const seed = process.env["CHOREO_TEST_SEED"] ?? execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
const number = createHash("sha256").update(seed).digest().readUInt32BE(0);
const first = number % KILL_POINTS.length;
const second = (first + 1 + (Math.floor(number / KILL_POINTS.length) % (KILL_POINTS.length - 1))) % KILL_POINTS.length;

describe(`up that is killed (seed ${seed})`, () => {
  test.each([KILL_POINTS[first] as string, KILL_POINTS[second] as string])(
    'at "%s" is repaired by the next one and leaves nothing',
    async (point) => {
      const outcome = await killAndRepair(point);
      expect(outcome).toEqual({ point, killed: true, broken: [] });
    },
  );
});

import { describe, expect, test } from "vitest";
import { KILL_POINTS, killAndRepair } from "../helpers/kill-history.ts";

describe("up that is killed", () => {
  test.each(KILL_POINTS)('at "%s" is repaired by the next one and leaves nothing', async (point) => {
    const outcome = await killAndRepair(point);
    expect(outcome).toEqual({ point, killed: true, broken: [] });
  });
});

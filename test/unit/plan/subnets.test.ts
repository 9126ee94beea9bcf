import { describe, expect, test } from "vitest";
import { addressAt, allocateBlock, halves, overlaps } from "../../../src/plan/subnets.ts";

describe("subnets", () => {
  test("are cut from the pool without touching what is taken", () => {
    expect(allocateBlock("10.160.0.0/12", 19, [])).toBe("10.160.0.0/19");
    expect(allocateBlock("10.160.0.0/12", 19, ["10.160.0.0/24", "10.160.40.7/32"])).toBe("10.160.64.0/19");
    expect(allocateBlock("10.160.0.0/12", 19, ["10.0.0.0/8".replace("10.0", "11.0")])).toBe("10.160.0.0/19");
  });

  test("are unique however many are cut", () => {
    const taken: string[] = [];
    for (let n = 0; n < 64; n++) {
      const block = allocateBlock("10.160.0.0/13", 19, taken);
      expect(taken.some((other) => overlaps(block, other))).toBe(false);
      taken.push(block);
    }
    expect(() => allocateBlock("10.160.0.0/13", 19, taken)).toThrowError(
      expect.objectContaining({ code: "E_SUBNETS" }),
    );
  });

  test("ignore IPv6 ranges and refuse what is no network", () => {
    expect(allocateBlock("10.160.0.0/12", 24, ["fc00::/7"])).toBe("10.160.0.0/24");
    expect(() => allocateBlock("10.160.0.0/40", 24, [])).toThrowError(expect.objectContaining({ code: "E_SUBNETS" }));
  });

  test("split into halves and count addresses from both ends", () => {
    expect(halves("10.160.0.0/19")).toEqual(["10.160.0.0/20", "10.160.16.0/20"]);
    expect(addressAt("10.160.0.0/24", 2)).toBe("10.160.0.2");
    expect(addressAt("10.160.0.0/24", -2)).toBe("10.160.0.254");
  });
});

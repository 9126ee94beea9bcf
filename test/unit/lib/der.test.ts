import { describe, expect, test } from "vitest";
import { bitString, der, integer, oid, time } from "../../../src/lib/der.ts";

const hex = (bytes: Buffer): string => bytes.toString("hex");

describe("DER", () => {
  test.each([
    [0, "0400"],
    [127, "047f"],
    [128, "048180"],
    [256, "04820100"],
    [65536, "0483010000"],
  ])("writes the length %i in the shortest form", (length, header) => {
    expect(hex(der(0x04, Buffer.alloc(length)).subarray(0, header.length / 2))).toBe(header);
  });

  test.each([
    [[0], "020100"],
    [[0x7f], "02017f"],
    [[0x80], "02020080"],
    [[0, 0, 1], "020101"],
  ])("writes the bytes %j as a non-negative integer", (bytes, expected) => {
    expect(hex(integer(Buffer.from(bytes)))).toBe(expected);
  });

  test("writes object identifiers with large arcs", () => {
    expect(hex(oid("1.2.840.10045.4.3.2"))).toBe("06082a8648ce3d040302");
    expect(hex(oid("2.5.29.17"))).toBe("0603551d11");
  });

  test("counts the unused bits of a bit string", () => {
    expect(hex(bitString(Buffer.from([0x06]), 1))).toBe("03020106");
  });

  test("writes times as RFC 5280 wants them: two-digit years through 2049", () => {
    expect(time(new Date("2049-12-31T23:59:59.999Z")).toString("latin1", 2)).toBe("491231235959Z");
    expect(time(new Date("2050-01-01T00:00:00Z")).toString("latin1", 2)).toBe("20500101000000Z");
  });
});

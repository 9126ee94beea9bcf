import { describe, expect, test } from "vitest";
import { type LogRecord, decodeRecords, encodeRecord } from "../../../../../src/engine/embedded/store/record.ts";
import { seeded } from "../../../../helpers/random.ts";

const RECORDS: LogRecord[] = [
  { revision: 2, key: "/pods/default/a", value: '{"a":"ü","b":"日本"}' },
  { revision: 3, key: "/pods/default/a", value: undefined },
  { revision: 2 ** 50, key: "core.choreo.dev/components//x", value: "" },
];
const DATA = Buffer.concat(RECORDS.map(encodeRecord));

describe("records of the log", () => {
  test("are read as they were written", () => {
    expect(decodeRecords(DATA)).toEqual({ records: RECORDS, goodBytes: DATA.length, damage: undefined });
  });

  test("that are cut off anywhere lose only the one that is cut", () => {
    const ends = RECORDS.map((_, index) => Buffer.concat(RECORDS.slice(0, index + 1).map(encodeRecord)).length);
    for (let length = 0; length < DATA.length; length++) {
      const { records, goodBytes, damage } = decodeRecords(DATA.subarray(0, length));
      const whole = ends.filter((end) => end <= length);
      expect(records).toEqual(RECORDS.slice(0, whole.length));
      expect([goodBytes, damage === undefined]).toEqual([whole.at(-1) ?? 0, length === (whole.at(-1) ?? 0)]);
    }
  });

  test("with any bit flipped are never taken for others", () => {
    for (let bit = 0; bit < DATA.length * 8; bit++) {
      const copy = Buffer.from(DATA);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
      const { records, damage } = decodeRecords(copy);
      expect(damage).toBeDefined();
      expect(records).toEqual(RECORDS.slice(0, records.length));
    }
  });

  test("are not found in noise", () => {
    const random = seeded(7);
    for (let round = 0; round < 500; round++) {
      const noise = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
      expect(decodeRecords(noise).records).toEqual([]);
    }
  });
});

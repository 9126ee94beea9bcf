import { describe, expect, test } from "vitest";
import { StatusError } from "../../../../../src/engine/embedded/api/status.ts";
import { modelData } from "../../../../../src/engine/embedded/model/data.ts";
import { decodeProtobuf } from "../../../../../src/engine/embedded/model/protobuf.ts";
import { builtinTypes } from "../../../../../src/engine/embedded/model/types.ts";
import { sampleObjects } from "./recorded.ts";
import { bytesField, doubleField, envelope, lengthOf, varintField } from "./protobuf-writer.ts";

const refusal = (bytes: Uint8Array): string => {
  try {
    decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 400) return error.status.message;
    throw error;
  }
  throw new Error("it was accepted");
};

const configMap = (...fields: Buffer[]): Uint8Array => envelope("v1", "ConfigMap", ...fields);

describe("objects as Go writes them", () => {
  const samples = sampleObjects();

  test("are read as Go writes their JSON", () => {
    const wrong = samples.filter(({ kind, pb, json }) => {
      const decoded = decodeProtobuf(Buffer.from(pb, "base64"));
      expect(`${decoded.apiVersion} ${decoded.kind}`).toBe(kind);
      return JSON.stringify(sorted(decoded.object)) !== JSON.stringify(sorted(json));
    });
    expect(wrong.map(({ kind }) => kind)).toEqual([]);
  });

  test("are there for every kind that bodies can have", () => {
    const kinds = new Set(samples.map(({ kind }) => kind));
    const wanted = builtinTypes().flatMap(({ group, version, kind, listKind, subresources }) => [
      { group, version, kind },
      ...(listKind === "" ? [] : [{ group, version, kind: listKind }]),
      ...subresources.filter((one) => !one.kind.endsWith("Options")),
    ]);
    const missing = wanted
      .map(({ group, version, kind }) => `${group === "" ? version : `${group}/${version}`} ${kind}`)
      .filter((kind) => !kinds.has(kind));
    expect(missing).toEqual([]);
    expect(kinds).toContain("v1 DeleteOptions");
    expect(kinds).toContain("v1 Status");
  });

  test("of each served kind have their message in the model", () => {
    const { head, message } = modelData();
    const unread = ["APIResourceList", "WatchEvent"];
    const names = Object.values(head.kinds).flatMap((byKind) => Object.values(byKind));
    expect(names.filter((name) => message(name) === undefined && !unread.some((one) => name.endsWith(one)))).toEqual(
      [],
    );
  });
});

describe("the wire format", () => {
  test("fields that nobody knows are skipped, groups too", () => {
    const group = Buffer.from([...[0xf3, 0x06], ...[0x08, 0x01], ...[0xf4, 0x06]]);
    const fields = [varintField(99, 7), doubleField(98, 1.5), group, bytesField(97, Buffer.from("x"))];
    const { object } = decodeProtobuf(configMap(...fields));
    expect(object).toEqual({ kind: "ConfigMap", apiVersion: "v1", metadata: {} });
  });

  test("parts of one message are merged, of scalars the last one counts", () => {
    const parts = [
      bytesField(1, Buffer.concat([bytesField(1, "a"), bytesField(3, "ns")])),
      bytesField(1, bytesField(1, "b")),
    ];
    const { object } = decodeProtobuf(configMap(...parts));
    expect(object["metadata"]).toEqual({ name: "b", namespace: "ns" });
  });

  test("repeated numbers may be packed", () => {
    const securityContext = Buffer.concat([bytesField(4, Buffer.from([1, 2])), varintField(4, 3)]);
    const pod = envelope("v1", "Pod", bytesField(2, bytesField(14, securityContext)));
    expect(decodeProtobuf(pod).object["spec"]).toMatchObject({ securityContext: { supplementalGroups: [1, 2, 3] } });
  });

  test("__proto__ and constructor are keys like others", () => {
    const entry = (key: string) => bytesField(2, Buffer.concat([bytesField(1, key), bytesField(2, "x")]));
    const { object } = decodeProtobuf(configMap(entry("__proto__"), entry("constructor")));
    const data = object["data"] as Record<string, string>;
    expect(Object.entries(data)).toEqual([
      ["__proto__", "x"],
      ["constructor", "x"],
    ]);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });

  test("a body without a kind is of the kind that its path says", () => {
    const decoded = decodeProtobuf(envelope("", "", bytesField(1, bytesField(1, "a"))), {
      apiVersion: "v1",
      kind: "ConfigMap",
    });
    expect(decoded).toMatchObject({ kind: "ConfigMap", object: { kind: "ConfigMap", metadata: { name: "a" } } });
  });

  test("a view into a larger buffer is read where it is", () => {
    const bytes = configMap(bytesField(1, bytesField(1, "a")));
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 10);
    expect(decodeProtobuf(larger.subarray(10, 10 + bytes.length)).object["metadata"]).toEqual({ name: "a" });
  });
});

describe("times", () => {
  /** Go's year 1, as a varint of 64 bits. */
  const ZERO = Buffer.from([0x08, 0x80, 0x92, 0xb8, 0xc3, 0x98, 0xfe, 0xff, 0xff, 0xff, 0x01]);
  const lease = (...fields: Buffer[]) =>
    decodeProtobuf(envelope("coordination.k8s.io/v1", "Lease", ...fields)).object as {
      metadata: object;
      spec: object;
    };
  const renewed = (time: Buffer) => lease(bytesField(2, bytesField(4, time))).spec;
  const deleted = (time: Buffer) => lease(bytesField(1, bytesField(9, time))).metadata;

  test("keep seconds, or microseconds where the type does", () => {
    const time = Buffer.concat([varintField(1, 1_700_000_000), varintField(2, 123_456_789)]);
    expect(deleted(time)).toEqual({ deletionTimestamp: "2023-11-14T22:13:20Z" });
    expect(renewed(time)).toEqual({ renewTime: "2023-11-14T22:13:20.123456Z" });
    expect(deleted(varintField(2, 5))).toEqual({ deletionTimestamp: "1970-01-01T00:00:00Z" });
  });

  test("are null where Go has none, unless the field goes then", () => {
    expect(deleted(ZERO)).toEqual({ deletionTimestamp: null });
    expect(renewed(ZERO)).toEqual({ renewTime: null });
    expect(renewed(Buffer.alloc(0))).toEqual({ renewTime: null });
    expect(lease(bytesField(1, bytesField(8, ZERO))).metadata).toEqual({});
  });

  test.each([
    ["behind the year 9999", varintField(1, 253_402_300_800)],
    ["with too many nanoseconds", Buffer.concat([varintField(1, 1), varintField(2, 1_000_000_000)])],
  ])("%s are refused", (_, time) => {
    expect(() => renewed(time)).toThrow(StatusError);
  });
});

describe("refusals", () => {
  /** A CustomResourceDefinition whose schema is `not` a schema that is `not` a schema … */
  const tooDeep = (): Uint8Array => {
    const NOT = 28;
    // From the inside out, in one buffer: written the other way round it would be copied 20,000 times.
    const parts: Buffer[] = [];
    for (let depth = 0, size = 0; depth < 20_000; depth++) {
      const head = bytesField(NOT, Buffer.alloc(0));
      const prefix = Buffer.concat([head.subarray(0, -1), lengthOf(size)]);
      parts.push(prefix);
      size += prefix.length;
    }
    const schema = Buffer.concat(parts.reverse());
    const version = Buffer.concat([bytesField(1, "v1"), bytesField(4, bytesField(1, schema))]);
    return envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", bytesField(2, bytesField(7, version)));
  };

  test.each<readonly [string, () => Uint8Array, string | RegExp]>([
    ["nothing", () => new Uint8Array(), "empty data"],
    ["JSON", () => Buffer.from("{}"), /does not appear to be a protobuf message/],
    ["the prefix alone", () => Buffer.from("k8s\0"), "empty body"],
    ["no kind", () => envelope("v1", ""), /'Kind' is missing/],
    ["no version", () => envelope("", "ConfigMap"), /'apiVersion' is missing/],
    ["an unknown kind", () => envelope("v1", "Nonsense"), 'no kind "Nonsense" is registered for version "v1"'],
    ["a prototype's kind", () => envelope("v1", "constructor"), /no kind "constructor"/],
    ["a prototype's version", () => envelope("__proto__", "ConfigMap"), /no kind "ConfigMap"/],
    ["a wrong wire type", () => configMap(varintField(1, 1)), /wrong wireType = 0 for field metadata/],
    ["a string that ends too early", () => configMap(Buffer.from([0x0a, 0x7f, 0x00])), /unexpected EOF/],
    [
      "a string that runs over the end of its message",
      () => configMap(Buffer.from([0x0a, 0x03, 0x0a, 0x05, 0x61]), bytesField(99, "xxxxxxxx")),
      /unexpected EOF/,
    ],
    ["a length of gigabytes", () => configMap(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07])), /unexpected EOF/],
    [
      "a negative length",
      () => configMap(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])),
      /negative length/,
    ],
    ["an endless varint", () => configMap(Buffer.from([0x0a, ...Array<number>(20).fill(0xff)])), /integer overflow/],
    ["field 0", () => configMap(Buffer.from([0x02, 0x00])), /illegal tag 0/],
    ["the end of no group", () => configMap(Buffer.from([0xf4, 0x06])), /end group/],
    ["a group without end", () => configMap(Buffer.from(Array<number>(9).fill(0x6b))), /unexpected EOF/],
    [
      "an integer beyond 2^53",
      () =>
        envelope(
          "apps/v1",
          "Deployment",
          bytesField(3, Buffer.from([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])),
        ),
      /beyond 2\^53/,
    ],
    [
      "a quantity that is none",
      () => {
        const entry = Buffer.concat([bytesField(1, "cpu"), bytesField(2, bytesField(1, "much"))]);
        return envelope("v1", "Node", bytesField(3, bytesField(1, entry)));
      },
      /quantities must match/,
    ],
    [
      "raw JSON that is none",
      () => envelope("apps/v1", "ControllerRevision", bytesField(2, bytesField(1, "{"))),
      /has to be JSON/,
    ],
    [
      "raw JSON that is nested 100,000 times",
      () => envelope("apps/v1", "ControllerRevision", bytesField(2, bytesField(1, "[".repeat(1e5) + "]".repeat(1e5)))),
      /nested too deeply/,
    ],
    ["a schema within a schema, 20,000 times", tooDeep, /nested too deeply/],
    [
      "too many empty messages",
      () => envelope("v1", "PodList", Buffer.alloc(2_000_000, Buffer.from([0x12, 0x00]))),
      /too many parts/,
    ],
  ])("%s", (_, bytes, message) => {
    expect(refusal(bytes())).toMatch(message);
  });
});

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([key, one]): [string, unknown] => [key, sorted(one)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
};

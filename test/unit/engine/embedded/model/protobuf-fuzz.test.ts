import { expect, test } from "vitest";
import { StatusError } from "../../../../../src/engine/embedded/api/status.ts";
import { decodeProtobuf } from "../../../../../src/engine/embedded/model/protobuf.ts";
import { pick, seeded } from "../../../../helpers/random.ts";
import { sampleObjects } from "./recorded.ts";

const bodies = sampleObjects().map(({ pb }) => Buffer.from(pb, "base64"));

/** Either an object comes out that is plain JSON, or a Status 400. */
const outcome = (bytes: Buffer): "object" | "refused" => {
  try {
    JSON.stringify(decodeProtobuf(bytes).object);
    return "object";
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 400) return "refused";
    throw error;
  }
};

const changed = (random: () => number, body: Buffer): Buffer => {
  const bytes = Buffer.from(body);
  const at = 4 + Math.floor(random() * (bytes.length - 4));
  const kind = Math.floor(random() * 5);
  if (kind === 0) return bytes.subarray(0, at);
  if (kind === 1) bytes[at] = Math.floor(random() * 256);
  if (kind === 2) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  if (kind === 3)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), bytes.subarray(at)]);
  if (kind === 4) return Buffer.concat([bytes.subarray(0, at), pick(random, bodies).subarray(4), bytes.subarray(at)]);
  return bytes;
};

test.each([1, 2, 3, 4])("changed bodies are refused or read, nothing else (seed %i)", (seed) => {
  const random = seeded(seed);
  const outcomes = Array.from({ length: 3000 }, () => {
    let bytes = changed(random, pick(random, bodies));
    while (random() < 0.3) bytes = changed(random, bytes.length > 4 ? bytes : pick(random, bodies));
    return outcome(bytes);
  });
  expect(new Set(outcomes)).toEqual(new Set(["object", "refused"]));
});

test("every beginning of a body is refused or read", () => {
  const body = bodies.find((one) => one.length > 3000) ?? Buffer.alloc(0);
  for (let length = 0; length < body.length - 1; length++) outcome(body.subarray(0, length));
  expect(outcome(body)).toBe("object");
});

test("random bytes behind the prefix are refused or read", () => {
  const random = seeded(5);
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)));
    expect(outcome(Buffer.concat([Buffer.from("k8s\0"), bytes]))).toBe("refused");
  }
});

import { expect, test } from "vitest";
import { canonicalQuantity } from "../../../../../src/engine/embedded/model/quantity.ts";
import { sampleQuantities } from "./recorded.ts";

test.each([
  ["0.5", "500m"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["1000m", "1"],
  ["100m", "100m"],
  ["12E6", "12E6"],
  ["0.1n", "1n"],
  ["-1.5", "-1500m"],
  ["99999999999999Ei", "9223372036854775807"],
  ["0Gi", "0"],
])("%s is kept as %s", (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test.each(["", "a", "1 Gi", "1KB", "1Ki1", "1e", "1.2.3", "1e9999999"])("%j is no quantity", (text) => {
  expect(canonicalQuantity(text)).toBeUndefined();
});

test("a text of a hundred thousand digits is no quantity", () => {
  expect(canonicalQuantity("9".repeat(100_000))).toBeUndefined();
});

test("every recorded text is kept as Kubernetes keeps it", () => {
  const wrong = Object.entries(sampleQuantities()).filter(([text, kept]) => (canonicalQuantity(text) ?? null) !== kept);
  expect(wrong).toEqual([]);
});

import { expect, test } from "vitest";
import { didYouMean } from "../../../src/lib/did-you-mean.ts";

test.each([
  ["enviroments", ["environments", "name"], "environments"],
  ["multicluster", ["colocated", "multi-cluster"], "multi-cluster"],
  ["NAME", ["name"], "name"],
  ["password", ["username", "passwordEnv"], "passwordEnv"],
  ["zzz", ["name", "engine"], undefined],
  ["x", [], undefined],
])("%s of %j is probably %s", (word, known, meant) => {
  expect(didYouMean(word, known)).toBe(meant);
});

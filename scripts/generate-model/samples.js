// Objects of all kinds as protobuf with the JSON that Go writes for them: the test data of the decoder.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const SOURCE = path.join("scripts", "generate-model", "samples");
const ROUNDS = 8;
const SEED = 1;
const QUANTITIES = 3000;

const run = (...args) =>
  execFileSync("go", ["run", ".", ...args.map(String)], { cwd: SOURCE, encoding: "utf8", maxBuffer: 2 ** 30 });

/** One JSON object per line: kind, pb (base64), json. First those of the module `k8s.io/api`, then some filled at random. */
export const sampleObjects = (apiDir, kinds) =>
  [...recorded(apiDir, kinds), ...run("objects", ROUNDS, SEED).trim().split("\n")].join("\n");

/** Texts with the form in which Kubernetes keeps them, null for those that it refuses. */
export const sampleQuantities = () => {
  const lines = new Set(run("quantities", QUANTITIES, SEED).trim().split("\n"));
  return JSON.parse(`{${[...lines].sort((a, b) => (a < b ? -1 : 1)).join(",")}}`);
};

const recorded = (apiDir, kinds) => {
  const dir = path.join(apiDir, "testdata", "HEAD");
  return readdirSync(dir)
    .filter((file) => file.endsWith(".pb"))
    .sort()
    .flatMap((file) => {
      const json = JSON.parse(readFileSync(path.join(dir, file.replace(/pb$/, "json")), "utf8"));
      if (kinds[json.apiVersion]?.[json.kind] === undefined) return [];
      const pb = readFileSync(path.join(dir, file)).toString("base64");
      return [JSON.stringify({ kind: `${json.apiVersion} ${json.kind}`, pb, json })];
    });
};

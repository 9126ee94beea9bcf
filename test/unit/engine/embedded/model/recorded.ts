import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";

/** An object as protobuf, and the JSON that Go writes for it. */
export interface SampleObject {
  readonly kind: string;
  readonly pb: string;
  readonly json: Record<string, unknown>;
}

const read = (name: string): string =>
  brotliDecompressSync(readFileSync(path.join(import.meta.dirname, "recorded", name))).toString();

/** Of every kind: the one of `k8s.io/api`'s test data and some filled at random. */
export const sampleObjects = (): readonly SampleObject[] =>
  read("objects.ndjson.br")
    .split("\n")
    .map((line) => JSON.parse(line) as SampleObject);

/** What Kubernetes makes of texts as quantities, null where it refuses them. */
export const sampleQuantities = (): Readonly<Record<string, string | null>> =>
  JSON.parse(read("quantities.json.br")) as Record<string, string | null>;

/** Facts of each operation of the real server's documents, by group version, path and method. */
export const recordedPaths = (): Readonly<Record<string, Record<string, Record<string, string>>>> =>
  JSON.parse(read("paths.json.br")) as Record<string, Record<string, Record<string, string>>>;

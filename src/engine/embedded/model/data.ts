import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { ResourceType } from "../api/resource-type.ts";
import { packageRoot } from "../../../lib/package-root.ts";

/** Made by scripts/generate-model.js: one line of JSON for the head, one for each package's schemas, one for its messages. */
const FILE = path.join("model", "kubernetes-1.34.ndjson.gz");

/** A definition as `/openapi/v3` has it, with `$ref`s, without prose. */
export type Definition = Readonly<Record<string, unknown>>;

/** Number, JSON name, type, flags: see scripts/generate-model/messages.js. */
export type MessageField = readonly [number: number, name: string, type: string, flags: string];

export type RecordedResource = Omit<ResourceType, "schema" | "custom" | "columns">;

interface Head {
  readonly kubernetes: string;
  readonly hash: string;
  readonly schemas: readonly string[];
  readonly messages: readonly string[];
  /** Definition by group version and kind. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly resources: readonly RecordedResource[];
  /** Kinds whose deletion is answered with the object: `v1 Pod`. */
  readonly returnDeleted: readonly string[];
}

/** The recorded model: decompressed and split on first use, each package parsed when it is asked for. */
export interface ModelData {
  readonly head: Head;
  readonly definition: (name: string) => Definition | undefined;
  readonly message: (name: string) => readonly MessageField[] | undefined;
}

/** Makes its value on the first call and keeps it. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

export const modelData: () => ModelData = once(() => {
  const bytes = gunzipSync(readFileSync(path.join(packageRoot(), FILE)));
  const starts = lineStarts(bytes);
  const line = (index: number): unknown => JSON.parse(bytes.toString("utf8", starts[index], starts[index + 1]));
  const head = line(0) as Head;
  return {
    head,
    definition: byPackage(head.schemas, (index) => line(1 + index) as Record<string, Definition>),
    message: byPackage(
      head.messages,
      (index) => line(1 + head.schemas.length + index) as Record<string, readonly MessageField[]>,
    ),
  };
});

const lineStarts = (bytes: Buffer): number[] => {
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return [...starts, bytes.length];
};

const byPackage = <T>(packages: readonly string[], parse: (index: number) => Record<string, T>) => {
  const parsed = new Map<string, ReadonlyMap<string, T>>();
  return (name: string): T | undefined => {
    const dot = name.lastIndexOf(".");
    const own = name.slice(0, dot);
    const index = packages.indexOf(own);
    if (index < 0) return undefined;
    const known = parsed.get(own) ?? new Map(Object.entries(parse(index)));
    parsed.set(own, known);
    return known.get(name.slice(dot + 1));
  };
};

import { createHash } from "node:crypto";
import type { AnyObject } from "../k8s/types.ts";

/** Hash of a set of objects, independent of the order of their fields. */
export const hashObjects = (objects: readonly AnyObject[]): string =>
  createHash("sha256")
    .update(JSON.stringify(objects.map(sorted)))
    .digest("hex")
    .slice(0, 16);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
};

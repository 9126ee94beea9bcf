import type { KubeClient } from "../../../k8s/client.ts";
import type { KubeObject } from "../../../k8s/types.ts";
import type { StatusCondition } from "./kinds.ts";
import { refOf } from "./owners.ts";

/**
 * Writes what differs between the status an object has and the one it should have; nothing when nothing does. Fields that
 * are undefined are removed. Refused (409) when the object has changed since it was read.
 */
export const writeStatus = async <T extends KubeObject & { readonly status?: object }>(
  client: KubeClient,
  object: T,
  status: object,
): Promise<T | undefined> => {
  const patch = difference(object.status ?? {}, status);
  if (patch === undefined) return undefined;
  const { uid, resourceVersion } = object.metadata;
  return client.mergePatch<T>(
    refOf(object),
    { metadata: { uid, resourceVersion }, status: patch },
    { subresource: "status" },
  );
};

/** The merge patch that makes `before` into `after`; undefined when they are the same. */
export const difference = (before: object, after: object): Record<string, unknown> | undefined => {
  const patch = Object.create(null) as Record<string, unknown>;
  const old = before as Record<string, unknown>;
  const next = after as Record<string, unknown>;
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const from = Object.hasOwn(old, key) ? old[key] : undefined;
    const to = Object.hasOwn(next, key) ? next[key] : undefined;
    if (to === undefined || to === null) {
      if (from !== undefined && from !== null) patch[key] = null;
    } else if (isPlain(from) && isPlain(to)) {
      const inner = difference(from, to);
      if (inner !== undefined) patch[key] = inner;
    } else if (!isSame(from, to)) patch[key] = to;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
};

/** Whether two JSON values say the same; absent, null and undefined do. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b || (isNothing(a) && isNothing(b))) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (!isPlain(a) || !isPlain(b)) return false;
  return difference(a, b) === undefined;
};

const isNothing = (value: unknown): boolean => value === undefined || value === null;
const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A time as Kubernetes writes it, to the second. */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const conditionOf = (
  conditions: readonly StatusCondition[] | undefined,
  type: string,
): StatusCondition | undefined => conditions?.find((condition) => condition.type === type);

export const isTrue = (conditions: readonly StatusCondition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === "True";

export const withoutCondition = (conditions: readonly StatusCondition[], type: string): StatusCondition[] =>
  conditions.filter((condition) => condition.type !== type);

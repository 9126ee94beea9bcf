import { isFields, member, sameData } from "./data.ts";
import type { Schema } from "./schema.ts";

/** The earlier form of a value, where there is one that certainly is the same thing. */
export interface Earlier {
  readonly value: unknown;
}

export const earlierField = (earlier: Earlier | undefined, key: string): Earlier | undefined =>
  earlier !== undefined && isFields(earlier.value) && Object.hasOwn(earlier.value, key)
    ? { value: member(earlier.value, key) }
    : undefined;

/** Elements are the same thing only in lists of type `map`: by their keys. */
export const earlierItem = (earlier: Earlier | undefined, item: unknown, schema: Schema): Earlier | undefined => {
  if (earlier === undefined || !Array.isArray(earlier.value) || schema["x-kubernetes-list-type"] !== "map")
    return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (!isFields(item) || keys.length === 0) return undefined;
  const found = earlier.value.find(
    (old) => isFields(old) && keys.every((key) => sameData(member(old, key), member(item, key))),
  );
  return found === undefined ? undefined : { value: found };
};

export const isUnchanged = (value: unknown, earlier: Earlier | undefined): boolean =>
  earlier !== undefined && sameData(value, earlier.value);

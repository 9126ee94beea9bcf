import { serverError } from "../../api/server-error.ts";
import { type Members, PATCH, hasObjects, keyOf, wrongPatchType } from "./data.ts";
import { inOrderOf } from "./order.ts";
import type { Strategy } from "./strategy.ts";

/** Merges an item of a patch into the item that has the same key. */
export type MergeItem = (original: Members, patch: Members) => Members;

/** A list with the list of a patch merged into it, or replaced by it. `deletes`: the patch names scalars to take out. */
export const mergeLists = (
  original: readonly unknown[],
  patch: readonly unknown[],
  {
    strategy,
    mergeKey,
    mergeItem,
    deletes = false,
  }: Omit<Strategy, "schema"> & { mergeItem: MergeItem; deletes?: boolean },
): readonly unknown[] => {
  if (strategy !== "merge" && !deletes) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  if (hasObjects(original, patch) !== true) {
    if (deletes) return original.filter((item) => !patch.includes(item));
    return inOrderOf([...new Set([...original, ...patch])], { first: patch, second: original, mergeKey: undefined });
  }
  if (mergeKey === undefined) throw serverError("cannot merge lists without merge key for struct");
  const { kept, items } = withDirectives(original as readonly Members[], patch as readonly Members[], mergeKey);
  const merged = mergeItems(kept, items, mergeKey, mergeItem);
  return inOrderOf(merged, { first: items, second: kept, mergeKey });
};

interface Items {
  /** What stays of the original list. */
  readonly kept: readonly Members[];
  /** Items of the patch that are no directives. */
  readonly items: readonly Members[];
}

const withDirectives = (original: readonly Members[], patch: readonly Members[], mergeKey: string): Items => {
  const items: Members[] = [];
  let kept = original;
  let replaces = false;
  for (const item of patch) {
    const directive = Object.hasOwn(item, PATCH) ? item[PATCH] : undefined;
    if (directive === undefined) items.push(item);
    else if (directive === "replace") replaces = true;
    else if (directive === "delete") kept = kept.filter((one) => keyOf(item, mergeKey) !== one[mergeKey]);
    else if (directive === "merge") throw serverError("merging lists cannot yet be specified in the patch");
    else throw wrongPatchType(directive, item);
  }
  return replaces ? { kept: items, items: [] } : { kept, items };
};

const mergeItems = (
  original: readonly Members[],
  patch: readonly Members[],
  key: string,
  mergeItem: MergeItem,
): Members[] => {
  const out = [...original];
  for (const item of patch) {
    const value = keyOf(item, key);
    const at = out.findIndex((one) => Object.hasOwn(one, key) && one[key] === value);
    const old = out[at];
    if (old === undefined) out.push(item);
    else out[at] = mergeItem(old, item);
  }
  return out;
};

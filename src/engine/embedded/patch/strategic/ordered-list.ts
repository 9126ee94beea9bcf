import { serverError } from "../../api/server-error.ts";
import { withoutDirectives } from "./clean.ts";
import { ELEMENT_ORDER, PATCH, goText, hasObjects, isMembers } from "./data.ts";
import { type MergeItem, mergeLists } from "./merge-lists.ts";
import { identityOf, inOrderOf } from "./order.ts";
import type { Strategy } from "./strategy.ts";

/** A list merged and put into the order that a patch gives; undefined where there is no such list. */
export const orderedList = (
  original: readonly unknown[] | undefined,
  patch: readonly unknown[] | undefined,
  order: readonly unknown[],
  strategy: Omit<Strategy, "schema"> & { mergeItem: MergeItem },
): readonly unknown[] | undefined => {
  const { mergeKey } = strategy;
  checkOrder(patch ?? [], order, mergeKey);
  if (original === undefined && patch === undefined) return undefined;
  const merged = mergedList(original, patch, strategy);
  if (hasObjects(original ?? [], patch ?? []) === undefined)
    throw serverError("no elements in any of the given slices");
  return inOrderOf(merged, { first: order, second: original ?? [], mergeKey });
};

const mergedList = (
  original: readonly unknown[] | undefined,
  patch: readonly unknown[] | undefined,
  strategy: Omit<Strategy, "schema"> & { mergeItem: MergeItem },
): readonly unknown[] => {
  if (patch === undefined) return original ?? [];
  if (original === undefined) return withoutDirectives(patch)?.value as readonly unknown[];
  return mergeLists(original, patch, strategy);
};

/** The items of a patch come in the order that it gives. */
const checkOrder = (patch: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void => {
  if (patch.length === 0 || order.length === 0) return;
  const items = patch.filter((item) => !(isMembers(item) && Object.hasOwn(item, PATCH)));
  let at = 0;
  for (const item of order) {
    if (at === items.length) return;
    if (identityOf(items[at], mergeKey) === identityOf(item, mergeKey)) at++;
  }
  if (at < items.length)
    throw serverError(
      `The order in patch list:\n${goText(patch)}\n doesn't match ${ELEMENT_ORDER} list:\n${goText(order)}\n`,
    );
};

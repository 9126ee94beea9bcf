import { serverError } from "../../api/server-error.ts";
import { withoutDirectives } from "./clean.ts";
import { goText } from "../go-value.ts";
import { ELEMENT_ORDER, PATCH, hasObjects, isMembers } from "./data.ts";
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
  return inOrderOf(merged, { first: order, second: liveOrder(original ?? [], patch ?? [], mergeKey), mergeKey });
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

/** The items of a patch come in the order that it gives, but for those that are directives. */
const checkOrder = (patch: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void => {
  if (patch.length === 0 || order.length === 0) return;
  const items = patch.filter((item) => directiveOf(item) !== "delete");
  let at = 0;
  for (let place = 0; at < items.length && place < order.length;) {
    if (directiveOf(items[at]) !== undefined) at++;
    else if (identityOf(items[at], mergeKey) === identityOf(order[place++], mergeKey)) at++;
  }
  if (at < items.length)
    throw serverError(
      `The order in patch list:\n${goText(patch)}\n doesn't match ${ELEMENT_ORDER} list:\n${goText(order)}\n`,
    );
};

const directiveOf = (item: unknown): unknown =>
  isMembers(item) && Object.hasOwn(item, PATCH) ? item[PATCH] : undefined;

/** The order of the list that is there. New items take the places of those that the patch deletes, as in Kubernetes. */
const liveOrder = (
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] => {
  const gone = patch.filter((item) => directiveOf(item) === "delete");
  if (gone.length === 0) return original;
  const deleted = new Set(gone.map((item) => identityOf(item, mergeKey)));
  const kept = original.filter((item) => !deleted.has(identityOf(item, mergeKey)));
  const known = new Set(kept.map((item) => identityOf(item, mergeKey)));
  const added = patch.filter((item) => directiveOf(item) === undefined && !known.has(identityOf(item, mergeKey)));
  return [...kept, ...added].slice(0, original.length);
};

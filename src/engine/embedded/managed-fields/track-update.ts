import type { ResourceType } from "../api/resource-type.ts";
import { apiVersionOf } from "../api/stored.ts";
import type { Fields } from "../schema/data.ts";
import { withoutAncient } from "./ancient.ts";
import { type FieldSet, difference, isEmpty, union } from "./field-set.ts";
import { type Entry, type Manager, entryOf, isOf, sorted } from "./entry.ts";
import { type FindVersion, afterChange, changeOf } from "./ownership.ts";
import { NEVER_OWNED, resetFields } from "./reset-fields.ts";
import { bySchemaOfNow } from "./schema-change.ts";

/** A write that is no apply. */
export interface Update {
  readonly type: ResourceType;
  readonly find: FindVersion;
  /** The object before; for a new one the empty object of its kind. */
  readonly before: Fields;
  readonly after: Fields;
  readonly entries: readonly Entry[];
  readonly manager: string;
  readonly subresource: string | undefined;
  /** RFC 3339, seconds. */
  readonly time: string;
}

/** Who owns what after a write: the writer everything that it changed, the others what is left. */
export const trackUpdate = (update: Update): readonly Entry[] => {
  const { type, find, before, after, manager, subresource, time } = update;
  const entries = bySchemaOfNow(type, update.entries, find);
  const apiVersion = apiVersionOf(type);
  const change = changeOf(type, { before, after, reset: resetFields(type, subresource), find });
  const others = entries.flatMap((entry) => afterChange(entry, change) ?? []);
  const own = difference(change.in(apiVersion)?.set ?? {}, NEVER_OWNED);
  const self: Manager = { manager, operation: "Update", apiVersion, ...named(subresource) };
  // Kubernetes does not say when something was scaled.
  const when = subresource === "scale" ? undefined : time;
  const all = isEmpty(own) ? others : claimed(others, self, own, when);
  if (all.length === update.entries.length && all.every((entry, at) => entry === update.entries[at]))
    return update.entries;
  return sorted(withoutAncient(all));
};

const named = (subresource: string | undefined): { subresource?: string } =>
  subresource === undefined ? {} : { subresource };

const claimed = (entries: readonly Entry[], manager: Manager, own: FieldSet, time: string | undefined): Entry[] => {
  const mine = entries.find((entry) => isOf(entry, manager));
  const next = entryOf(manager, mine === undefined ? own : union(own, mine.fieldsV1), time);
  return [...entries.filter((entry) => entry !== mine), next];
};

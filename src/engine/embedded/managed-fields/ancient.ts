import { union } from "./field-set.ts";
import { type Entry, type Manager, compareTexts, entryOf, identityOf, isOf } from "./entry.ts";

/** More entries of updates than this are not kept apart. */
const MOST = 10;
const ANCIENT = "ancient-changes";

/** At most so many entries of updates as Kubernetes keeps: the oldest of a version become one. */
export const withoutAncient = (entries: readonly Entry[]): readonly Entry[] => {
  const updates = entries.filter(({ operation }) => operation === "Update");
  if (updates.length <= MOST) return entries;
  const kept = [...entries];
  const first = new Map<string, Entry>();
  let left = updates.length;
  for (const entry of updates.sort((a, b) => compareTexts(ageOf(a), ageOf(b)))) {
    if (left <= MOST) break;
    const { apiVersion } = entry;
    const start = first.get(apiVersion);
    if (start === undefined) {
      first.set(apiVersion, entry);
      continue;
    }
    const bucket: Manager = { manager: ANCIENT, operation: "Update", apiVersion };
    const found = kept.findIndex((one) => isOf(one, bucket));
    const old = found < 0 ? start : (kept[found] ?? start);
    const all = entryOf(bucket, union(old.fieldsV1, entry.fieldsV1), entry.time);
    drop(kept, old);
    drop(kept, entry);
    kept.push(all);
    left--;
  }
  return kept;
};

const ageOf = (entry: Entry): readonly string[] => [entry.time ?? "", identityOf(entry)];

const drop = (entries: Entry[], entry: Entry): void => {
  const at = entries.indexOf(entry);
  if (at >= 0) entries.splice(at, 1);
};

import type { SourceChange } from "./watch-source.ts";

/** What two batches come to, by path. A file that came with the first and went with the second was no change: an editor's, mostly. */
export const mergeChanges = (
  before: ReadonlyMap<string, SourceChange>,
  after: Iterable<SourceChange>,
): Map<string, SourceChange> => {
  const merged = new Map(before);
  for (const change of after) {
    const first = before.get(change.path);
    if (change.kind === "removed" && first?.isNew === true) merged.delete(change.path);
    else merged.set(change.path, first === undefined ? change : { ...change, isNew: isStillNew(first, change) });
  }
  return merged;
};

const isStillNew = (first: SourceChange, { kind }: SourceChange): boolean | undefined =>
  first.isNew === true && kind === "written" ? true : undefined;

import type { Pod } from "../kinds.ts";
import { uidOf } from "../owners.ts";

const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;

/** How often in a row the pods of a job failed, and when the last of them did. */
export interface FailureRow {
  readonly failures: number;
  readonly lastMs: number;
  /** What is in it already. */
  readonly known: ReadonlySet<string>;
}

export const NO_FAILURES: FailureRow = { failures: 0, lastMs: 0, known: new Set() };

/** Goes on with the row: a success ends it. */
export const withEnds = (
  row: FailureRow,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
  nowMs: number,
): FailureRow => {
  const ends = [
    ...succeeded.map((pod) => ({ pod, isFailure: false })),
    ...failed.map((pod) => ({ pod, isFailure: true })),
  ]
    .filter(({ pod }) => !row.known.has(uidOf(pod)))
    .map((end) => ({ ...end, atMs: finishedMs(end.pod, nowMs) }))
    .sort((a, b) => a.atMs - b.atMs);
  let { failures, lastMs } = row;
  for (const { isFailure, atMs } of ends) {
    failures = isFailure ? failures + 1 : 0;
    lastMs = isFailure ? Math.max(lastMs, atMs) : lastMs;
  }
  return { failures, lastMs, known: new Set([...row.known, ...ends.map(({ pod }) => uidOf(pod))]) };
};

/** How long no new pod may be made, ms: 10 s after the first failure, twice as long after each further one. */
export const untilRetryMs = ({ failures, lastMs }: FailureRow, nowMs: number): number =>
  failures === 0 ? 0 : Math.max(0, lastMs + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20)) - nowMs);

const finishedMs = ({ status, metadata }: Pod, nowMs: number): number => {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ""));
  const last = Math.max(...ends.filter((end) => !Number.isNaN(end)));
  if (Number.isFinite(last)) return last;
  return Date.parse(metadata.deletionTimestamp ?? "") || nowMs;
};

import { cut, textWidth } from "./style.ts";

const GAP = 2;
const NARROWEST = 8;

/**
 * Columns of plain text under upper-case headings. With a `width`, the widest columns are cut until every line fits,
 * except the first, which names the row: on a terminal a wrapped table is no table. Without one nothing is cut.
 */
export const renderTable = (
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width?: number,
): string => {
  const all = [headings, ...rows];
  const natural = headings.map((_, index) => Math.max(...all.map((row) => textWidth(row[index] ?? ""))));
  const widths = width === undefined ? natural : shrink(natural, width - GAP * (headings.length - 1));
  const lines = all.map((row) =>
    widths
      .map((columns, index) => cut(row[index] ?? "", columns).padEnd(columns))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
};

/** Takes from the widest column, one at a time, as long as one is wide enough to give. */
const shrink = (natural: readonly number[], room: number): number[] => {
  const [first = 0, ...others] = natural;
  for (let excess = others.reduce((sum, columns) => sum + columns, first) - room; excess > 0; excess--) {
    const widest = others.indexOf(Math.max(...others));
    if ((others[widest] ?? 0) <= NARROWEST) break;
    others[widest] = (others[widest] ?? 0) - 1;
  }
  return [first, ...others];
};

/** Time since `from`, as Kubernetes tools write it: `42s`, `5m`, `3h`, `12d`. */
export const formatAge = (from: string | undefined, now: number = Date.now()): string => {
  if (from === undefined) return "-";
  const seconds = Math.max(0, Math.floor((now - Date.parse(from)) / 1000));
  if (Number.isNaN(seconds)) return "-";
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
};

/** A duration as people read it: `0.3 s`, `41.7 s`, `2 min 5 s`. */
export const formatDuration = (ms: number): string => {
  if (ms < 119_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

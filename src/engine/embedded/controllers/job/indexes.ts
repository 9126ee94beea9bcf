/** Reads `0-2,5` as a set of numbers. */
export const parseIndexes = (text: string | undefined): Set<number> => {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined) continue;
    for (let index = Number(first); index <= Number(last ?? first); index++) indexes.add(index);
  }
  return indexes;
};

/** Writes a set of numbers as `0-2,5`; a row of two is `0,1`. */
export const formatIndexes = (indexes: ReadonlySet<number>): string => {
  const rows: [number, number][] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const row = rows.at(-1);
    if (row !== undefined && row[1] === index - 1) row[1] = index;
    else rows.push([index, index]);
  }
  return rows.map(([first, last]) => textOf(first, last)).join();
};

const textOf = (first: number, last: number): string => {
  if (first === last) return String(first);
  return last - first === 1 ? `${first},${last}` : `${first}-${last}`;
};

/** The lowest numbers below `limit` that are in none of the sets. */
export const freeIndexes = (count: number, limit: number, ...taken: readonly ReadonlySet<number>[]): number[] => {
  const free: number[] = [];
  for (let index = 0; index < limit && free.length < count; index++) {
    if (!taken.some((set) => set.has(index))) free.push(index);
  }
  return free;
};

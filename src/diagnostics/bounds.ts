const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export const bytesOf = (text: string): number => Buffer.byteLength(text);

/**
 * The newest whole lines of a log that fit into `limit` bytes. Its first line says how much is not there.
 */
export const newestLines = (text: string, limit: number): string => {
  const size = bytesOf(text);
  if (size <= limit) return text;
  const note = (bytes: number): string => `[${bytes} older bytes were left out]\n`;
  const room = Math.max(0, limit - bytesOf(note(size)));
  const tail = Buffer.from(encoder.encode(text)).subarray(size - room);
  const start = tail.indexOf("\n") + 1;
  // Without a line end in sight the line is longer than the whole room, and half a line tells nothing.
  const kept = start === 0 ? Buffer.alloc(0) : tail.subarray(start);
  return `${note(size - kept.length)}${kept.toString("utf8")}`;
};

export interface NewestItems<T> {
  readonly items: readonly T[];
  /** How many were left out. */
  readonly leftOut: number;
}

/** As many of the newest items as fit into `limit` bytes, in their own order. `timeOf` gives a text that sorts by age. */
export const newestItems = <T>(
  all: readonly T[],
  limit: number,
  { timeOf, textOf }: { readonly timeOf: (item: T) => string; readonly textOf: (item: T) => string },
): NewestItems<T> => {
  const newestFirst = all
    .map((item) => ({ item, time: timeOf(item), bytes: bytesOf(textOf(item)) }))
    .sort((a, b) => b.time.localeCompare(a.time));
  const kept = new Set<T>();
  let left = limit;
  for (const { item, bytes } of newestFirst) {
    // One that is too large by itself does not keep the older ones out.
    if (bytes > left) continue;
    left -= bytes;
    kept.add(item);
  }
  return { items: all.filter((item) => kept.has(item)), leftOut: all.length - kept.size };
};

/**
 * Shares of a budget by need: who needs less than an equal share gets what it needs, and the rest is shared again.
 */
export const fairShares = (needs: readonly number[], budget: number): number[] => {
  const shares = needs.map(() => 0);
  let open = needs.map((need, index) => ({ need, index })).sort((a, b) => a.need - b.need);
  let left = budget;
  while (open.length > 0) {
    const [smallest] = open as [(typeof open)[number]];
    const share = Math.min(smallest.need, Math.floor(left / open.length));
    shares[smallest.index] = share;
    left -= share;
    open = open.slice(1);
  }
  return shares;
};

import { keyOf } from "./data.ts";

interface Orders {
  /** Items that are in here come in its order. */
  readonly first: readonly unknown[];
  /** The others come in this order, each in front of the first of those that it was in front of. */
  readonly second: readonly unknown[];
  readonly mergeKey: string | undefined;
}

/** The items in the order of one list, the others between them as another list has them. */
export const inOrderOf = (items: readonly unknown[], { first, second, mergeKey }: Orders): readonly unknown[] => {
  const identity = (item: unknown): unknown => identityOf(item, mergeKey);
  const [wanted, before] = [indexed(first.map(identity)), indexed(second.map(identity))];
  const leading = sortedBy(
    items.filter((item) => wanted.has(identity(item))),
    wanted,
    identity,
  );
  const others = sortedBy(
    items.filter((item) => !wanted.has(identity(item))),
    before,
    identity,
  );
  const out: unknown[] = [];
  let at = 0;
  for (const item of leading) {
    const place = before.get(identity(item)) ?? -1;
    for (; at < others.length && (before.get(identity(others[at])) ?? Infinity) < place; at++) out.push(others[at]);
    out.push(item);
  }
  return [...out, ...others.slice(at)];
};

const indexed = (identities: readonly unknown[]): ReadonlyMap<unknown, number> => {
  const places = new Map<unknown, number>();
  for (const [at, identity] of identities.entries()) if (!places.has(identity)) places.set(identity, at);
  return places;
};

const sortedBy = (
  items: readonly unknown[],
  places: ReadonlyMap<unknown, number>,
  identity: (item: unknown) => unknown,
): readonly unknown[] =>
  items.toSorted((a, b) => (places.get(identity(a)) ?? places.size) - (places.get(identity(b)) ?? places.size));

/** What tells an item from others. */
export const identityOf = (item: unknown, mergeKey: string | undefined): unknown =>
  mergeKey === undefined ? item : keyOf(item, mergeKey);

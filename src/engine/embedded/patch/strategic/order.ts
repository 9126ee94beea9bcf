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

/** By their places; an item without one goes in front of those before it, as in Kubernetes. */
const sortedBy = (
  items: readonly unknown[],
  places: ReadonlyMap<unknown, number>,
  identity: (item: unknown) => unknown,
): readonly unknown[] => {
  const out: { readonly item: unknown; readonly place: number | undefined }[] = [];
  for (const item of items) {
    const place = places.get(identity(item));
    let at = out.length;
    for (; at > 0; at--) {
      const other = out[at - 1]?.place;
      if (place !== undefined && other !== undefined && place >= other) break;
    }
    out.splice(at, 0, { item, place });
  }
  return out.map(({ item }) => item);
};

/** What tells an item from others. */
export const identityOf = (item: unknown, mergeKey: string | undefined): unknown =>
  mergeKey === undefined ? item : keyOf(item, mergeKey);

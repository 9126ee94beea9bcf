/**
 * A set of field paths in the form in which FieldsV1 writes it: a key for each path element, below it what of its children
 * belongs to the set. An element belongs to the set itself when it has `.` below it, or nothing at all. Never changed once
 * made: operations share what they do not change.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** Of a set under construction. */
export type OpenSet = Record<string, FieldSet>;

export const EMPTY: FieldSet = {};

/** An element that belongs to a set, without any of its children. */
export const LEAF: FieldSet = {};

const SELF = ".";

export const isEmpty = (set: FieldSet): boolean => {
  for (const _element in set) return false;
  return true;
};

/** Whether an element belongs to the set itself, by what is below it. */
export const isMember = (node: FieldSet): boolean => SELF in node || isEmpty(node);

/** What is below an element: undefined where nothing of it belongs to the set. */
export const nodeOf = (member: boolean, children: FieldSet | undefined): FieldSet | undefined => {
  if (children === undefined || isEmpty(children)) return member ? LEAF : undefined;
  if (!member) return SELF in children ? without(children, SELF) : children;
  return SELF in children ? children : { [SELF]: LEAF, ...children };
};

/** The elements of a set, without `.`. */
export const elementsOf = (set: FieldSet): string[] => Object.keys(set).filter((element) => element !== SELF);

export const union = (left: FieldSet, right: FieldSet): FieldSet => {
  if (left === right || isEmpty(right)) return left;
  if (isEmpty(left)) return right;
  const out: OpenSet = { ...left };
  for (const element of elementsOf(right)) {
    const [mine, other] = [left[element], right[element] ?? LEAF];
    out[element] = mine === undefined ? other : (nodeOf(isMember(mine) || isMember(other), union(mine, other)) ?? LEAF);
  }
  return out;
};

export const intersection = (left: FieldSet, right: FieldSet): FieldSet => {
  if (left === right) return left;
  const out: OpenSet = {};
  for (const element of elementsOf(left)) {
    const [mine, other] = [left[element], right[element]];
    if (mine === undefined || other === undefined) continue;
    const node = nodeOf(isMember(mine) && isMember(other), intersection(mine, other));
    if (node !== undefined) out[element] = node;
  }
  return out;
};

/** The left set itself where nothing of it is taken away. */
export const difference = (left: FieldSet, right: FieldSet): FieldSet =>
  subtract(left, right, (mine, other) =>
    nodeOf(isMember(mine) && !isMember(other), difference(withoutSelf(mine), withoutSelf(other))),
  );

/** As {@link difference}, but an element takes all of its children with it. */
export const recursiveDifference = (left: FieldSet, right: FieldSet): FieldSet =>
  subtract(left, right, (mine, other) =>
    isMember(other) ? undefined : nodeOf(isMember(mine), recursiveDifference(withoutSelf(mine), other)),
  );

const subtract = (
  left: FieldSet,
  right: FieldSet,
  node: (mine: FieldSet, other: FieldSet) => FieldSet | undefined,
): FieldSet => {
  let out: OpenSet | undefined;
  for (const element of elementsOf(right)) {
    const [mine, other] = [left[element], right[element]];
    if (mine === undefined || other === undefined) continue;
    const rest = node(mine, other);
    if (rest !== undefined && isSame(rest, mine)) continue;
    out ??= { ...left };
    if (rest === undefined) delete out[element];
    else out[element] = rest;
  }
  return out ?? left;
};

/** Whether two sets have the same paths. */
export const isSame = (left: FieldSet, right: FieldSet): boolean => {
  if (left === right) return true;
  const elements = Object.keys(left);
  if (elements.length !== Object.keys(right).length) return false;
  return elements.every((element) => {
    const [mine, other] = [left[element], right[element]];
    return mine !== undefined && other !== undefined && isSame(mine, other);
  });
};

/** Whether the path, given by its elements, belongs to the set. */
export const has = (set: FieldSet, path: readonly string[]): boolean => {
  let at: FieldSet | undefined = set;
  for (const element of path) at = at?.[element];
  return at !== undefined && path.length > 0 && isMember(at);
};

/** The set of one path. */
export const setOf = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), LEAF);

/** All paths of a set: those of one level before those below them, each in the order of its elements. */
export const pathsOf = (set: FieldSet, prefix: readonly string[] = []): (readonly string[])[] => {
  const elements = elementsOf(set).sort();
  const here = elements.filter((element) => isMember(set[element] ?? LEAF)).map((element) => [...prefix, element]);
  return [...here, ...elements.flatMap((element) => pathsOf(set[element] ?? LEAF, [...prefix, element]))];
};

/** The set with its elements in Kubernetes' order; the set itself where they are. */
export const inOrder = (set: FieldSet): FieldSet => {
  const elements = Object.keys(set);
  const nodes = elements.map((element) => inOrder(set[element] ?? LEAF));
  const isOrdered = elements.every(
    (element, at) => nodes[at] === set[element] && (at === 0 || (elements[at - 1] ?? "") < element),
  );
  if (isOrdered) return set;
  const places = new Map(elements.map((element, at) => [element, at]));
  const out: OpenSet = {};
  for (const element of elements.sort()) out[element] = nodes[places.get(element) ?? 0] ?? LEAF;
  return out;
};

const withoutSelf = (node: FieldSet): FieldSet => (SELF in node ? without(node, SELF) : node);

const without = (set: FieldSet, element: string): FieldSet => {
  const { [element]: _gone, ...rest } = set;
  return rest;
};

type Fields = Readonly<Record<string, unknown>>;

/** Marks an element of a named list that is to be removed. */
const REMOVE = "$remove";

/** Lays `over` on `base`: maps are merged at every depth, everything else is replaced, `null` removes. */
export const mergeValues = (base: Fields, over: Fields): Record<string, unknown> =>
  merge(base, over, (_base, list) => list);

/**
 * Like {@link mergeValues}, but lists whose elements have names (containers, environment, volumes) are merged by name;
 * `$remove: true` takes an element away.
 */
export const mergeObject = (base: Fields, over: Fields): Record<string, unknown> => merge(base, over, mergeNamed);

type MergeLists = (base: unknown, over: readonly unknown[]) => unknown;

const merge = (base: Fields, over: Fields, lists: MergeLists): Record<string, unknown> => {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete out[key];
    else if (isMap(value)) out[key] = merge(isMap(out[key]) ? out[key] : {}, value, lists);
    else out[key] = Array.isArray(value) ? lists(out[key], value) : value;
  }
  return out;
};

const mergeNamed: MergeLists = (base, over) => {
  if (!over.every(isNamed)) return over;
  const out = Array.isArray(base) && base.every(isNamed) ? [...base] : [];
  for (const { [REMOVE]: remove, ...element } of over) {
    const at = out.findIndex(({ name }) => name === element["name"]);
    if (remove === true) out.splice(at, at < 0 ? 0 : 1);
    else if (at < 0) out.push(element);
    else out[at] = merge(out[at] ?? {}, element, mergeNamed) as Named;
  }
  return out;
};

interface Named extends Fields {
  readonly name: string;
}

const isMap = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isNamed = (value: unknown): value is Named => isMap(value) && typeof value["name"] === "string";

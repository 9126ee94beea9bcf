import { isFields, sameData } from "../schema/data.ts";
import { type FieldSet, type OpenSet, inOrder, isEmpty, isMember, nodeOf } from "./field-set.ts";
import { MALFORMED, canonicalElement } from "./path-element.ts";

/** One manager and what it owns, as `metadata.managedFields` has it. */
export interface Entry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** RFC 3339, seconds; absent for a manager that has never changed anything. */
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: FieldSet;
  readonly subresource?: string;
}

/** Whose entry it is: of one manager there is one for each operation, version and subresource. */
export type Manager = Pick<Entry, "manager" | "operation" | "apiVersion" | "subresource">;

/** Appliers keep their entry when they apply another version. */
export const isOf = (entry: Entry, { manager, operation, apiVersion, subresource }: Manager): boolean =>
  entry.manager === manager &&
  entry.operation === operation &&
  entry.subresource === subresource &&
  (operation === "Apply" || entry.apiVersion === apiVersion);

/** What managers are ordered by where nothing else orders them, as Kubernetes writes down whose an entry is. */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Manager): string =>
  JSON.stringify({ manager, operation, ...(operation === "Apply" ? {} : { apiVersion }), subresource });

export const entryOf = (
  { manager, operation, apiVersion, subresource }: Manager,
  fieldsV1: FieldSet,
  time: string | undefined,
): Entry => ({
  manager,
  operation,
  apiVersion,
  ...(time === undefined ? {} : { time }),
  fieldsType: "FieldsV1",
  fieldsV1: inOrder(fieldsV1),
  ...(subresource === undefined ? {} : { subresource }),
});

/** The same entry with other fields; undefined where it has none left. */
export const withFields = (entry: Entry, fieldsV1: FieldSet): Entry | undefined => {
  if (fieldsV1 === entry.fieldsV1) return entry;
  return isEmpty(fieldsV1) ? undefined : { ...entry, fieldsV1 };
};

/** Entries of a stored object, which this server wrote itself. */
export const storedEntries = (managedFields: readonly unknown[] | undefined): readonly Entry[] =>
  (managedFields ?? []) as readonly Entry[];

/** Entries that a client sent: undefined where they are none, for which those of the stored object stay. */
export const givenEntries = (
  given: readonly unknown[] | undefined,
  stored: readonly Entry[],
): readonly Entry[] | undefined => {
  if (given === undefined || given.length === 0) return undefined;
  if (sameData(given, stored)) return stored;
  const entries: Entry[] = [];
  for (const one of given) {
    const entry = givenEntry(one);
    if (entry === undefined) return undefined;
    // Of two entries of one manager the last counts.
    const same = entries.findIndex((other) => isOf(other, entry));
    if (same < 0) entries.push(entry);
    else entries[same] = entry;
  }
  return entries;
};

/** `[]` and `[{}]` in an update mean: forget who owns what. */
export const isReset = (given: readonly unknown[] | undefined): boolean => {
  if (given === undefined || given.length > 1) return false;
  const [only] = given;
  return given.length === 0 || (isFields(only) && Object.values(only).every((value) => value === null || value === ""));
};

const givenEntry = (value: unknown): Entry | undefined => {
  if (!isFields(value)) return undefined;
  const { manager = "", operation, apiVersion, time, fieldsType, fieldsV1 = {}, subresource = "" } = value;
  if (operation !== "Apply" && operation !== "Update") return undefined;
  if (typeof manager !== "string" || typeof subresource !== "string") return undefined;
  if (typeof apiVersion !== "string" || apiVersion === "" || fieldsType !== "FieldsV1") return undefined;
  const set = canonical(fieldsV1);
  if (set === undefined) return undefined;
  const named = { manager, operation, apiVersion, ...(subresource === "" ? {} : { subresource }) } as const;
  return entryOf(named, set, typeof time === "string" ? time : undefined);
};

/** A set that a client sent, as this server writes it; undefined where it is none. */
const canonical = (value: unknown): FieldSet | undefined => {
  if (!isFields(value)) return undefined;
  const out: OpenSet = {};
  for (const [key, below] of Object.entries(value)) {
    if (key === ".") continue;
    const element = canonicalElement(key);
    const node = canonical(below);
    if (element === MALFORMED || node === undefined) return undefined;
    if (element === undefined) continue;
    const made = nodeOf(isMember(below as FieldSet), node);
    if (made !== undefined) out[element] = made;
  }
  return out;
};

/** Entries in Kubernetes' order: appliers first, then by time, manager, version and subresource. */
export const sorted = (entries: readonly Entry[]): readonly Entry[] =>
  entries.length < 2 ? entries : entries.toSorted((a, b) => compareTexts(orderOf(a), orderOf(b)));

const orderOf = (entry: Entry): readonly string[] => [
  entry.operation,
  entry.time ?? "",
  entry.manager,
  entry.apiVersion,
  entry.subresource ?? "",
];

export const compareTexts = (a: readonly string[], b: readonly string[]): number => {
  for (const [at, text] of a.entries()) {
    const other = b[at] ?? "";
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
};

/** Whether two lists of entries say the same but for when. */
export const sameButTimes = (left: readonly Entry[], right: readonly Entry[]): boolean =>
  left.length === right.length &&
  left.every((entry, at) => {
    const other = right[at];
    if (entry === other) return true;
    if (other === undefined || entry.apiVersion !== other.apiVersion) return false;
    return isOf(entry, other) && sameData(entry.fieldsV1, other.fieldsV1);
  });

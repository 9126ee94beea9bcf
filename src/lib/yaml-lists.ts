import { isDeepStrictEqual } from "node:util";
import type { Document, YAMLMap, YAMLSeq } from "yaml";

export interface NamedEntry {
  readonly name: string;
}

export interface ListChanges {
  /** Entries per list: in place of the one of the same name, else at the end. */
  readonly put?: Readonly<Record<string, readonly NamedEntry[]>>;
  /** Names to take out of the lists. */
  readonly drop?: { readonly lists: readonly string[]; readonly names: readonly string[] };
  /** Top-level fields to set to a text. */
  readonly set?: Readonly<Record<string, string>>;
}

type Data = Record<string, unknown>;

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Changes lists of named entries in a YAML map and leaves every other byte as it is: the text belongs to somebody who
 * has indented and commented it. Where it is not in block style (JSON), the changed lists are written anew.
 */
export const changeNamedLists = async (text: string, changes: ListChanges): Promise<string> => {
  const { parse, parseDocument, stringify } = await import("yaml");
  const document = parseDocument(text, { keepSourceTokens: true });
  const before = (document.toJS() ?? {}) as Data;
  const wanted = changedData(before, changes);
  if (isDeepStrictEqual(before, wanted)) return text;
  const write = (value: unknown): string => stringify(value, { lineWidth: 0 });
  const edited = splice(text, editsOf(text, document, { before, wanted }, write));
  if (isDeepStrictEqual(readBack(edited, parse), wanted)) return edited;
  for (const [field, value] of Object.entries(wanted)) {
    if (!isDeepStrictEqual(before[field], value)) document.set(field, document.createNode(value));
  }
  // Quotes around all that is new: what was JSON stays JSON.
  return document.toString({ lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" });
};

const changedData = (before: Data, { put = {}, drop = { lists: [], names: [] }, set = {} }: ListChanges): Data => {
  const wanted: Data = { ...before };
  for (const list of drop.lists) {
    const entries = before[list];
    if (Array.isArray(entries))
      wanted[list] = (entries as NamedEntry[]).filter(({ name }) => !drop.names.includes(name));
  }
  for (const [list, entries] of Object.entries(put)) {
    if (entries.length === 0) continue;
    const old = (wanted[list] ?? []) as readonly NamedEntry[];
    const kept = old.map((entry) => entries.find(({ name }) => name === entry.name) ?? entry);
    wanted[list] = [...kept, ...entries.filter(({ name }) => !old.some((entry) => entry.name === name))];
  }
  return { ...wanted, ...set };
};

/** The edits that should make `wanted` of the text; whoever applies them has to check that they did. */
const editsOf = (
  text: string,
  document: Document.Parsed,
  { before, wanted }: { readonly before: Data; readonly wanted: Data },
  write: (value: unknown) => string,
): Edit[] => {
  const root = document.contents as YAMLMap | null;
  const edits: Edit[] = [];
  for (const [field, value] of Object.entries(wanted)) {
    if (isDeepStrictEqual(before[field], value)) continue;
    const pair = root?.items?.find(({ key }) => String(key) === field);
    const [old, entries] = [before[field], value];
    if (pair !== undefined && Array.isArray(old) && old.length > 0 && Array.isArray(entries) && entries.length > 0) {
      edits.push(...entryEdits(text, pair.value as YAMLSeq, { old, entries: entries as NamedEntry[] }, write));
      continue;
    }
    const from = pair === undefined ? text.length : startOf(pair.key);
    const to = pair === undefined ? text.length : contentEnd(text, endOf(pair.value) ?? endOf(pair.key) ?? from);
    const written = write({ [field]: value });
    if (pair === undefined) edits.push({ from, to, text: newlineBefore(text, from) + written });
    else edits.push({ from, to, text: written.trimEnd() });
  }
  return edits;
};

/** Entries that changed, went or came, in a block list that has entries before and after. */
const entryEdits = (
  text: string,
  list: YAMLSeq,
  { old, entries }: { readonly old: readonly NamedEntry[]; readonly entries: readonly NamedEntry[] },
  write: (value: unknown) => string,
): Edit[] => {
  const token = list.srcToken;
  if (token?.type !== "block-seq") return [];
  const dashes = token.items.flatMap(({ start }) => start.filter(({ type }) => type === "seq-item-ind"));
  const places = list.items.map((node, index) => {
    const from = lineStart(text, dashes[index]?.offset ?? 0);
    return { from, to: lineEnd(text, contentEnd(text, endOf(node) ?? from)) };
  });
  const rendered = (entry: NamedEntry): string => write([entry]).replaceAll(/^(?=.)/gm, " ".repeat(token.indent));
  const edits = old.flatMap((entry, index): Edit[] => {
    const place = places[index];
    const next = entries.find(({ name }) => name === entry.name);
    if (place === undefined || isDeepStrictEqual(entry, next)) return [];
    return [{ ...place, text: next === undefined ? "" : rendered(next) }];
  });
  const end = places.at(-1)?.to ?? 0;
  const added = entries.filter(({ name }) => !old.some((entry) => entry.name === name)).map(rendered);
  if (added.length > 0) edits.push({ from: end, to: end, text: newlineBefore(text, end) + added.join("") });
  return edits;
};

/** Applied from the end, so that the places of the earlier ones stay true. Of two at one place the later one stays behind. */
const splice = (text: string, edits: readonly Edit[]): string =>
  edits
    .map((edit, index) => ({ ...edit, index }))
    .sort((a, b) => b.from - a.from || b.index - a.index)
    .reduce((result, { from, to, text: insert }) => result.slice(0, from) + insert + result.slice(to), text);

const readBack = (text: string, parse: (text: string) => unknown): unknown => {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
};

const startOf = (node: unknown): number => (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
const endOf = (node: unknown): number | undefined => (node as { range?: readonly number[] } | null)?.range?.[1];
/** A block node's range may reach over the empty lines behind it. */
const contentEnd = (text: string, end: number): number => text.slice(0, end).trimEnd().length;
const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
const lineEnd = (text: string, offset: number): number => {
  const newline = text.indexOf("\n", offset);
  return newline < 0 ? text.length : newline + 1;
};
const newlineBefore = (text: string, offset: number): string => (offset === 0 || text[offset - 1] === "\n" ? "" : "\n");

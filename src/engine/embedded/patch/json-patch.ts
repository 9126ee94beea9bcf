import { isDeepStrictEqual } from "node:util";
import { type Json, isObject, objectOf } from "./json.ts";

/** A patch that cannot be applied to this document; the document is as it was. */
export class PatchError extends Error {}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** RFC 6902 with one thing that Kubernetes does its own way: `replace` of a missing member of an object adds it. */
export const jsonPatch = (document: Json, operations: readonly Operation[]): Json =>
  operations.reduce<Json>((state, operation) => apply(state, operation), document);

const apply = (document: Json, { op, path, from, value }: Operation): Json => {
  const at = pointer(path);
  switch (op) {
    case "add":
      return add(document, at, given(value));
    case "remove":
      return remove(document, at);
    case "replace":
      return replace(document, at, given(value));
    case "move": {
      const source = pointer(from);
      if (isInside(source, at)) throw new PatchError(`${from} cannot be moved into itself`);
      return add(remove(document, source), at, read(document, source));
    }
    case "copy":
      return add(document, at, read(document, pointer(from)));
    case "test":
      if (isDeepStrictEqual(plain(read(document, at)), plain(value ?? null))) return document;
      throw new PatchError(`testing value ${path} failed`);
    default:
      throw new PatchError(`unexpected kind: ${op}`);
  }
};

/** The parts of a JSON pointer (RFC 6901). */
const pointer = (path: string | undefined): string[] => {
  if (path === "") return [];
  if (path === undefined || !path.startsWith("/")) throw new PatchError(`"${path ?? ""}" is no JSON pointer`);
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
};

const given = (value: Json | undefined): Json => {
  if (value === undefined) throw new PatchError("the operation has no value");
  return value;
};

const isInside = (outer: readonly string[], inner: readonly string[]): boolean =>
  outer.length < inner.length && outer.every((part, index) => part === inner[index]);

const read = (document: Json, at: readonly string[]): Json =>
  at.reduce<Json>((parent, part) => {
    const found = Array.isArray(parent) ? (parent as readonly Json[])[indexIn(parent, part)] : member(parent, part);
    if (found === undefined) throw new PatchError(`there is no ${part}`);
    return found;
  }, document);

const member = (parent: Json, key: string): Json | undefined =>
  isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;

const add = (document: Json, at: readonly string[], value: Json): Json =>
  change(
    document,
    at,
    (parent, key) => {
      if (!Array.isArray(parent)) return withMember(parent, key, value);
      const index = key === "-" ? parent.length : indexIn(parent, key, parent.length);
      return (parent as readonly Json[]).toSpliced(index, 0, value);
    },
    value,
  );

const remove = (document: Json, at: readonly string[]): Json => {
  if (at.length === 0) throw new PatchError("the whole document cannot be removed");
  return change(document, at, (parent, key) => {
    if (Array.isArray(parent)) return (parent as readonly Json[]).toSpliced(indexIn(parent, key), 1);
    if (member(parent, key) === undefined) throw new PatchError(`there is no ${key}`);
    return objectOf(Object.entries(parent as object).filter(([name]) => name !== key));
  });
};

const replace = (document: Json, at: readonly string[], value: Json): Json =>
  change(
    document,
    at,
    (parent, key) =>
      Array.isArray(parent)
        ? (parent as readonly Json[]).with(indexIn(parent, key), value)
        : withMember(parent, key, value),
    value,
  );

const withMember = (parent: Json, key: string, value: Json): Json => {
  if (!isObject(parent)) throw new PatchError(`${key} cannot be put into what is no object`);
  return objectOf([...Object.entries(parent).filter(([name]) => name !== key), [key, value]]);
};

/** Copies the way down to a place and changes its parent; `whole` is the document where the place is the document. */
const change = (
  document: Json,
  at: readonly string[],
  edit: (parent: Json, key: string) => Json,
  whole?: Json,
): Json => {
  const [first, ...rest] = at;
  if (first === undefined) return whole ?? document;
  if (rest.length === 0) return edit(document, first);
  const below = change(read(document, [first]), rest, edit);
  return Array.isArray(document)
    ? (document as readonly Json[]).with(indexIn(document, first), below)
    : withMember(document, first, below);
};

/** An index in decimal, without leading zeros, of at most `last`. */
const indexIn = (list: readonly Json[], part: string, last = list.length - 1): number => {
  const index = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN;
  if (Number.isNaN(index) || index > last)
    throw new PatchError(`there is no index ${part} in a list of ${list.length}`);
  return index;
};

/** For a comparison that does not look at prototypes. */
const plain = (value: Json): unknown => JSON.parse(JSON.stringify(value)) as unknown;

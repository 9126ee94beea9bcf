import { type Fields, isFields } from "../schema/data.ts";
import { type FieldType, formOf } from "./field-type.ts";
import { type FieldSet, LEAF, isEmpty, isMember } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
import { fieldElement } from "./path-element.ts";

/** An object without the fields and items of a set. Not changed itself. */
export const remove = (type: FieldType, object: Fields, gone: FieldSet): Fields =>
  isEmpty(gone) ? object : ((removeFrom(type, object, gone) ?? {}) as Fields);

/** Null for an object or a list of which nothing is left. */
const removeFrom = (type: FieldType, value: unknown, gone: FieldSet): unknown => {
  const form = formOf(type, value);
  const { map, list } = type;
  if (form === "map" && map !== undefined) {
    if (map.atomic || !isFields(value)) return null;
    const out: Fields = {};
    for (const [name, inner] of Object.entries(value)) {
      const kept = keep(map.field(name)?.type, inner, gone[fieldElement(name)]);
      if (kept !== undefined) out[name] = kept;
    }
    return Object.keys(out).length === 0 ? null : out;
  }
  if (form === "list" && list !== undefined) {
    if (list.atomic || !Array.isArray(value)) return null;
    const kept = value
      .map((item) => keep(list.item(), item, gone[itemElement(list, item)]))
      .filter((item) => item !== undefined);
    return kept.length === 0 ? null : kept;
  }
  return value;
};

/** Undefined where the value itself is gone. */
const keep = (type: FieldType | undefined, value: unknown, node: FieldSet | undefined): unknown => {
  if (node === undefined || type === undefined) return value;
  if (isMember(node)) return undefined;
  return removeFrom(type, value, node ?? LEAF);
};

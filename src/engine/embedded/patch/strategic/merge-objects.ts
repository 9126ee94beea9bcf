import { badRequest } from "../../api/status.ts";
import type { Schema } from "../../schema/schema.ts";
import { cleaned } from "./clean.ts";
import {
  DELETE_FROM,
  ELEMENT_ORDER,
  type Members,
  PATCH,
  RETAIN_KEYS,
  asList,
  fieldOfDirective,
  isMembers,
  withoutMembers,
  wrongPatchType,
} from "./data.ts";
import { mergeLists } from "./merge-lists.ts";
import { orderedList } from "./ordered-list.ts";
import { strategyOfList, strategyOfMap } from "./strategy.ts";

/** An object with a patch merged into it, by the schema of both. */
export const mergeObjects = (original: Members, patch: Members, schema: Schema): Members => {
  if (Object.hasOwn(patch, PATCH)) return byDirective(patch);
  const out = retained(original, patch);
  const done = mergeOrdered(out, patch, schema);
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER) || done.has(key)) continue;
    mergeMember(out, key, value, schema);
  }
  return out;
};

const byDirective = (patch: Members): Members => {
  const directive = patch[PATCH];
  if (directive === "replace") return withoutMembers(patch, (key) => key === PATCH);
  if (directive === "delete") return {};
  throw wrongPatchType(directive, patch);
};

/** A copy of the object with only the members that `$retainKeys` names, where the patch has it. */
const retained = (original: Members, patch: Members): Members => {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return { ...original };
  const keys = patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) throw badRequest("invalid patch format of retainKeys");
  const wanted = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key === RETAIN_KEYS || isParallel(key) || wanted.has(key)) continue;
    throw badRequest("invalid patch format of retainKeys");
  }
  return withoutMembers(original, (key) => !wanted.has(key));
};

const isParallel = (key: string): boolean => key.startsWith(DELETE_FROM) || key.startsWith(ELEMENT_ORDER);

/** Merges the lists whose order the patch gives; their names. */
const mergeOrdered = (out: Members, patch: Members, schema: Schema): ReadonlySet<string> => {
  const done = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ELEMENT_ORDER)) continue;
    const wanted = asList(order);
    if (!key.startsWith(`${ELEMENT_ORDER}/`)) throw badRequest("invalid patch format of setElementOrder list");
    const field = fieldOfDirective(key);
    const merged = orderedList(listOf(out, field), listOf(patch, field), wanted, listStrategy(schema, field));
    if (merged === undefined) continue;
    out[field] = merged;
    done.add(field);
  }
  return done;
};

const listOf = (object: Members, field: string): readonly unknown[] | undefined =>
  Object.hasOwn(object, field) ? asList(object[field]) : undefined;

const listStrategy = (parent: Schema, field: string) => {
  const { schema, ...strategy } = strategyOfList(parent, field);
  return { ...strategy, mergeItem: (old: Members, patch: Members): Members => mergeObjects(old, patch, schema) };
};

const mergeMember = (out: Members, given: string, value: unknown, schema: Schema): void => {
  const deletes = given.startsWith(DELETE_FROM);
  if (deletes && !given.startsWith(`${DELETE_FROM}/`)) throw badRequest("invalid patch format of primitive list");
  const key = deletes ? fieldOfDirective(given) : given;
  if (value === null) {
    delete out[key];
    return;
  }
  const old = Object.hasOwn(out, key) ? out[key] : undefined;
  if (isMembers(old) && isMembers(value)) {
    const { strategy, schema: inner } = strategyOfMap(schema, key);
    out[key] = strategy === "replace" ? value : mergeObjects(old, value, inner);
  } else if (Array.isArray(old) && Array.isArray(value)) {
    out[key] = mergeLists(old, value, { ...listStrategy(schema, key), deletes });
  } else if (!deletes) {
    const kept = cleaned(value);
    if (kept === undefined) delete out[key];
    else out[key] = kept.value;
  }
};

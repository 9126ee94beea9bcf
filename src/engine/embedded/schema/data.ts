import { StatusError } from "../api/status.ts";

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Own members only: what objects inherit is not data. */
export const member = <T>(fields: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  fields !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined;

/** Deepest nesting that is walked; below what exhausts the stack. */
export const DEEPEST = 1000;

/** Refuses, with a StatusError of 400, data that is nested too deeply or has keys that JavaScript gives a meaning. */
export const checkShape = (value: unknown): void => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new StatusError("BadRequest", `the object is nested deeper than ${DEEPEST} levels`);
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      if (Object.hasOwn(one, "__proto__"))
        throw new StatusError("BadRequest", 'the key "__proto__" is not supported by this server');
      for (const inner of Array.isArray(one) ? one : Object.values(one))
        if (typeof inner === "object" && inner !== null) next.push(inner);
    }
    level = next;
  }
};

/** Whether two pieces of JSON are the same data. */
export const sameData = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => sameData(item, b[at]))
    );
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameData((a as Fields)[key], (b as Fields)[key]))
  );
};

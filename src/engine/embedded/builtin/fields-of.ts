import { type Fields, isFields } from "../schema/data.ts";

export { type Fields, isFields };

/** An object in an object, or undefined where there is none. */
export const inner = (fields: Fields | undefined, ...path: readonly string[]): Fields | undefined => {
  let at: unknown = fields;
  for (const name of path) at = isFields(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return isFields(at) ? at : undefined;
};

/** The objects in a list; none where there is no list. */
export const items = (fields: Fields | undefined, ...path: readonly string[]): Fields[] => {
  const name = path.at(-1) ?? "";
  const list = inner(fields, ...path.slice(0, -1))?.[name];
  return Array.isArray(list) ? list.filter(isFields) : [];
};

/** The texts in a list. */
export const texts = (fields: Fields | undefined, name: string): string[] => {
  const list = fields?.[name];
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
};

/** A text, empty where there is none: Go knows no difference. */
export const text = (fields: Fields | undefined, name: string): string => {
  const value = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "string" ? value : "";
};

/** A number, 0 where there is none. */
export const number = (fields: Fields | undefined, name: string): number => {
  const value = fields?.[name];
  return typeof value === "number" ? value : 0;
};

/** A map from texts to texts. */
export const textMap = (fields: Fields | undefined, name: string): Record<string, string> =>
  (inner(fields, name) ?? {}) as Record<string, string>;

/** Sets a field that is not there. */
export const fill = (fields: Fields | undefined, name: string, value: unknown): void => {
  if (fields !== undefined && (fields[name] === undefined || fields[name] === null)) fields[name] = value;
};

/** As {@link fill}, for fields whose zero means that they are not set. */
export const fillZero = (fields: Fields | undefined, name: string, value: unknown): void => {
  if (fields === undefined) return;
  const now = fields[name];
  if (now === undefined || now === null || now === "" || now === 0) fields[name] = value;
};

/** The object at a field, made where there is none. */
export const ensure = (fields: Fields, name: string): Fields => {
  const now = fields[name];
  if (isFields(now)) return now;
  const made: Fields = {};
  fields[name] = made;
  return made;
};

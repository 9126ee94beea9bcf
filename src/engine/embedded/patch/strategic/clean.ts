import { type Members, PATCH, isMembers } from "./data.ts";

/** What a patch sets where nothing was: without nulls, which remove nothing, and without objects that are directives. */
export const cleaned = (value: unknown): { readonly value: unknown } | undefined =>
  withoutDirectives(withoutNulls(value));

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMembers(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
};

/** Undefined for what is itself a directive. */
export const withoutDirectives = (value: unknown): { readonly value: unknown } | undefined => {
  if (Array.isArray(value)) return { value: value.flatMap((item) => listed(withoutDirectives(item))) };
  if (!isMembers(value)) return { value };
  if (Object.hasOwn(value, PATCH)) return undefined;
  const out: Members = {};
  for (const [key, inner] of Object.entries(value)) {
    const kept = withoutDirectives(inner);
    if (kept !== undefined) out[key] = kept.value;
  }
  return { value: out };
};

const listed = (kept: { readonly value: unknown } | undefined): unknown[] => (kept === undefined ? [] : [kept.value]);

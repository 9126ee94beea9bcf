import type { AnyObject } from "../k8s/types.ts";

const HIDDEN = "***";
const SECRET_FIELDS: ReadonlySet<string> = new Set(["clientKey", "token", "password"]);

/** A copy that may be shown: without keys and passwords, and without the bookkeeping of server-side apply. */
export const showable = (object: AnyObject): AnyObject => {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  const shown = annotations === undefined ? metadata : { ...metadata, annotations: withoutCopies(annotations) };
  const copy = hide({ ...object, metadata: shown }) as AnyObject;
  if (object.kind !== "Secret") return copy;
  const data = object["data"] as Record<string, string> | undefined;
  return {
    ...copy,
    ...(data === undefined ? {} : { data: Object.fromEntries(Object.keys(data).map((key) => [key, HIDDEN])) }),
  };
};

/** kubectl keeps a copy of the whole object there, keys included. */
const withoutCopies = (annotations: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.endsWith("/last-applied-configuration")));

const hide = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_FIELDS.has(key) && typeof inner === "string" ? HIDDEN : hide(inner),
    ]),
  );
};

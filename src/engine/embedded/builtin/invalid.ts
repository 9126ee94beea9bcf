import { type StatusCause, StatusError } from "../api/status.ts";

/** The answer 422 to an object with such problems: `Deployment.apps "x" is invalid: [...]`. */
export const invalid = (
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  causes: readonly StatusCause[],
): StatusError => {
  const what = group === "" ? kind : `${kind}.${group}`;
  return new StatusError("Invalid", `${what} ${JSON.stringify(name)} is invalid: ${messageOf(causes)}`, {
    name,
    ...(group === "" ? {} : { group }),
    kind,
    causes,
  });
};

/** The same text is said once. */
const messageOf = (causes: readonly StatusCause[]): string => {
  const lines = [
    ...new Set(causes.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`))),
  ];
  return lines.length === 1 ? (lines[0] ?? "") : `[${lines.join(", ")}]`;
};

import { StatusError } from "../api/status.ts";
import { type FieldSet, difference, isEmpty, pathsOf } from "./field-set.ts";
import { type Entry, identityOf } from "./entry.ts";
import { pathText } from "./path-element.ts";

/** Fields of another manager to which an apply gives other values. */
export interface Conflict {
  readonly entry: Entry;
  readonly fields: FieldSet;
}

/** The conflicts without what may be taken from its owner. */
export const unlessAllowed = (conflicts: readonly Conflict[], allowed: FieldSet): readonly Conflict[] =>
  conflicts
    .map(({ entry, fields }) => ({ entry, fields: difference(fields, allowed) }))
    .filter(({ fields }) => !isEmpty(fields));

/** The answer 409 that names every field and its owner. */
export const conflictError = (conflicts: readonly Conflict[]): StatusError => {
  const ordered = conflicts.toSorted((a, b) => (identityOf(a.entry) < identityOf(b.entry) ? -1 : 1));
  const found = ordered.map(({ entry, fields }) => ({
    manager: managerText(entry),
    paths: pathsOf(fields).map((path) => pathText(path)),
  }));
  const causes = found.flatMap(({ manager, paths }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field })),
  );
  return new StatusError("Conflict", `Apply failed with ${wordsOf(found)}`, { causes });
};

const wordsOf = (found: readonly { manager: string; paths: readonly string[] }[]): string => {
  const count = found.reduce((sum, { paths }) => sum + paths.length, 0);
  const [first] = found;
  if (count === 1 && first !== undefined) return `1 conflict: conflict with ${first.manager}: ${first.paths[0]}`;
  const lines = found.flatMap(({ manager, paths }) => [
    `conflicts with ${manager}:`,
    ...paths.map((path) => `- ${path}`),
  ]);
  return `${count} conflicts: ${lines.join("\n")}`;
};

const managerText = ({ manager, operation, apiVersion, subresource }: Entry): string => {
  const name = JSON.stringify(manager);
  const part = subresource === undefined ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${part} using ${apiVersion}` : part;
};

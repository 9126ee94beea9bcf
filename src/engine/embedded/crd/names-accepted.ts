import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import { goQuote } from "../schema/go-text.ts";
import { type DefinitionNames, specOf, statusIn } from "./definition.ts";

export interface AcceptedNames {
  /** Those that are this definition's, as far as they are free. */
  readonly names: DefinitionNames;
  readonly accepted: boolean;
  readonly reason: string;
  readonly message: string;
}

/** Which of its names a definition gets, beside the other definitions of its group: who comes first keeps a name. */
export const namesAccepted = (definition: AnyObject, others: readonly AnyObject[]): AcceptedNames => {
  const { group, names: wanted = {} } = specOf(definition);
  const mine = statusIn(definition).acceptedNames ?? {};
  const taken = others
    .filter((other) => specOf(other).group === group && other.metadata.name !== definition.metadata.name)
    .map((other) => statusIn(other).acceptedNames ?? {});
  const resources = new Set(
    taken.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]),
  );
  const kinds = new Set(taken.flatMap(({ kind, listKind }) => [kind, listKind]));
  let problem: { reason: string; message: string } | undefined;
  const accepted: Record<string, unknown> = {};
  for (const { field, reason } of FIELDS) {
    const used = field === "kind" || field === "listKind" ? kinds : resources;
    const conflicts = conflictsOf(wanted[field], mine[field], used);
    const value = conflicts.length === 0 ? wanted[field] : mine[field];
    if (conflicts.length > 0)
      problem = { reason, message: aggregate(conflicts.map((name) => `${goQuote(name)} is already in use`)) };
    if (value !== undefined) accepted[field] = value;
  }
  if (wanted.categories !== undefined) accepted["categories"] = wanted.categories;
  const names = accepted as DefinitionNames;
  return problem === undefined
    ? { names, accepted: true, reason: "NoConflicts", message: "no conflicts found" }
    : { names, accepted: false, ...problem };
};

const FIELDS = [
  { field: "plural", reason: "PluralConflict" },
  { field: "singular", reason: "SingularConflict" },
  { field: "shortNames", reason: "ShortNamesConflict" },
  { field: "kind", reason: "KindConflict" },
  { field: "listKind", reason: "ListKindConflict" },
] as const;

type Names = string | readonly string[] | undefined;

const conflictsOf = (wanted: Names, mine: Names, used: ReadonlySet<string | undefined>): string[] => {
  if (isDeepStrictEqual(wanted, mine)) return [];
  const own = new Set(list(mine));
  return list(wanted).filter((name) => !own.has(name) && used.has(name));
};

const list = (names: Names): readonly string[] => (typeof names === "string" ? [names] : (names ?? []));

const aggregate = (messages: readonly string[]): string =>
  messages.length === 1 ? (messages[0] ?? "") : `[${messages.join(", ")}]`;

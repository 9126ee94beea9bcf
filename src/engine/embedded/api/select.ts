import { knownFields, selectableFields } from "../builtin/fields.ts";
import type { Entry } from "../store/store.ts";
import { type FieldRequirement, matchesFields, parseFieldSelector } from "./field-selector.ts";
import { type LabelMatch, parseLabelSelector } from "./label-selector.ts";
import type { ResourceType } from "./resource-type.ts";
import { objectOf } from "./stored.ts";

/** Whether an entry is meant by a request's selectors and, where it has one, its name. */
export type Selector = (entry: Entry) => boolean;

interface Facts {
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/** Undefined where everything is meant. */
export const selectorOf = (query: URLSearchParams, type: ResourceType, name?: string): Selector | undefined => {
  const labelText = query.get("labelSelector") ?? "";
  const fieldText = query.get("fieldSelector") ?? "";
  const labels: LabelMatch | undefined = labelText === "" ? undefined : parseLabelSelector(labelText);
  const requirements: FieldRequirement[] = fieldText === "" ? [] : parseFieldSelector(fieldText, knownFields(type));
  if (name !== undefined) requirements.push({ field: "metadata.name", value: name, negated: false });
  if (labels === undefined && requirements.length === 0) return undefined;
  return (entry) => {
    const facts = factsOf(entry, type);
    return (
      (labels === undefined || labels(facts.labels)) &&
      matchesFields(requirements, (field) => facts.fields[field] ?? "")
    );
  };
};

/** The name that a field selector asks for: then there is one entry to look at, not all. */
export const selectedName = (query: URLSearchParams): string | undefined =>
  /^metadata\.name=([a-z0-9.:-]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];

const known = new WeakMap<Entry, Facts>();

/** Read once from an entry, and forgotten with it. */
const factsOf = (entry: Entry, type: ResourceType): Facts => {
  const found = known.get(entry);
  if (found !== undefined) return found;
  const object = objectOf(entry);
  const { labels = {}, name, namespace = "" } = object.metadata;
  const facts = {
    labels,
    fields: { ...selectableFields(object, type), "metadata.name": name, "metadata.namespace": namespace },
  };
  known.set(entry, facts);
  return facts;
};

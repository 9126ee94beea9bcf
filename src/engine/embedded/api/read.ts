import type { Entry } from "../store/store.ts";
import { continueToken, parseContinue } from "./continue.ts";
import { storedAs } from "./conversion.ts";
import type { Call, Core } from "./core.ts";
import { numberOf } from "./query.ts";
import { type ListMeta, answerEntry, answerList } from "./render.ts";
import type { ApiAnswer } from "./request.ts";
import { type Wanted, listRevision, refuseFuture } from "./resource-version.ts";
import { type Selector, selectedName, selectorOf } from "./select.ts";
import { StatusError, badRequest, notFound } from "./status.ts";
import { keyOf, prefixOf } from "./stored.ts";

/** The entry that a path names. */
export const findEntry = ({ store }: Core, { type, namespace, name = "" }: Call): Entry => {
  const entry = store.get(keyOf(storedAs(type), namespace, name));
  if (entry === undefined) throw notFound(type, name);
  return entry;
};

export const getObject = (core: Core, call: Call): ApiAnswer => {
  refuseFuture(core.store, listRevision(call.request.query).revision, "Timeout: ");
  return answerEntry(core, call, findEntry(core, call));
};

interface Page {
  readonly entries: readonly Entry[];
  readonly metadata: ListMeta;
}

export const listObjects = (core: Core, call: Call): ApiAnswer => {
  const { query } = call.request;
  const wanted = listRevision(query);
  const selector = selectorOf(query, call.type);
  const { entries, metadata } = pageOf(core, call, wanted, selector);
  return answerList(core, call, entries, metadata);
};

const pageOf = (core: Core, call: Call, wanted: Wanted, selector: Selector | undefined): Page => {
  const { store } = core;
  const { query } = call.request;
  const prefix = prefixOf(storedAs(call.type), call.namespace);
  const limit = numberOf(query, "limit") ?? 0;
  const token = query.get("continue") ?? "";
  const position = token === "" ? undefined : parseContinue(token);
  if (position !== undefined && (query.get("resourceVersion") ?? "0") !== "0" && query.get("resourceVersion") !== "")
    throw badRequest("specifying resource version is not allowed when using continue");
  const revision = position === undefined ? revisionOf(core, wanted) : pageRevision(core, prefix, position);
  const name = selectedName(query);
  if (name !== undefined && call.namespace !== undefined && revision === store.revision) {
    const entry = store.get(`${prefix}${name}`);
    const entries = entry !== undefined && selector?.(entry) !== false ? [entry] : [];
    return { entries, metadata: { resourceVersion: String(revision) } };
  }
  const after = position === undefined ? undefined : `${prefix}${position.after}`;
  const found = store.range(prefix, { revision, ...(after === undefined ? {} : { after }) }).entries;
  return cut(found, { prefix, limit, revision, selector });
};

const cut = (
  found: readonly Entry[],
  {
    prefix,
    limit,
    revision,
    selector,
  }: { prefix: string; limit: number; revision: number; selector: Selector | undefined },
): Page => {
  const resourceVersion = String(revision);
  if (limit <= 0)
    return { entries: selector === undefined ? found : found.filter(selector), metadata: { resourceVersion } };
  const entries: Entry[] = [];
  for (const [index, entry] of found.entries()) {
    if (selector?.(entry) === false) continue;
    entries.push(entry);
    const rest = found.length - index - 1;
    if (entries.length < limit || rest === 0) continue;
    // Whether anything of the rest is selected is found out by whoever asks for it, as in Kubernetes.
    const token = continueToken({ revision, after: entry.key.slice(prefix.length) });
    return {
      entries,
      metadata: { resourceVersion, continue: token, ...(selector === undefined ? { remainingItemCount: rest } : {}) },
    };
  }
  return { entries, metadata: { resourceVersion } };
};

const revisionOf = ({ store }: Core, { revision, match }: Wanted): number => {
  refuseFuture(store, revision);
  if (match !== "Exact" || revision === undefined) return store.revision;
  if (revision < store.compacted)
    throw new StatusError("Expired", "The resourceVersion for the provided list is too old.");
  return revision;
};

/** A page of an older list as it was then; once that is not known any more, the client is told how to go on. */
const pageRevision = (
  { store }: Core,
  prefix: string,
  { revision, after }: { revision: number; after: string },
): number => {
  if (revision < 0) return store.revision;
  if (revision > store.revision) refuseFuture(store, revision);
  if (revision >= store.compacted) return revision;
  throw new StatusError(
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    undefined,
    { continue: continueToken({ revision: -1, after }) },
  );
};

import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import { jsonCopy } from "../../../lib/json-copy.ts";
import { rulesOf } from "../rules/rules-of.ts";
import type { Entry } from "../store/store.ts";
import { checkNamespace } from "./admit.ts";
import { admitPod } from "./admit-pod.ts";
import { inVersion, storedAs } from "./conversion.ts";
import type { Call, Core } from "./core.ts";
import { type Incoming, readIncoming } from "./incoming.ts";
import { generatedName, keepMetadata, newMetadata, tidyMetadata } from "./metadata.ts";
import { type WriteOptions, writeOptions } from "./query.ts";
import { answerEntry } from "./render.ts";
import type { ApiAnswer } from "./request.ts";
import { serverError } from "./server-error.ts";
import { type StatusCause, StatusError, alreadyExists, conflict, invalid, notFound } from "./status.ts";
import { keyOf, objectOf, textOf } from "./stored.ts";
import { trackChange, withOldTimes } from "./track.ts";

/** Tries of a write whose base was changed meanwhile, where the client named no base. */
const TRIES = 5;
const NAME_TRIES = 8;

export type Written = Pick<Entry, "value" | "revision">;

export const createObject = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const options = writeOptions(call.request.query, call.request.headers["user-agent"], "CreateOptions");
  const { object, warnings } = await readIncoming(call, options);
  const entry = await insert(core, call, object, options);
  return withWarnings(answerEntry(core, call, entry, 201), warnings);
};

export const updateObject = async (core: Core, call: Call, subresource?: string): Promise<ApiAnswer> => {
  const options = writeOptions(call.request.query, call.request.headers["user-agent"], "UpdateOptions");
  const { object, warnings } = await readIncoming(call, options);
  const { entry, created } = await modify(core, call, {
    options,
    subresource,
    change: () => ({ object: jsonCopy(object), warnings: [] }),
    absent: subresource === undefined && rulesOf(call.type).createsOnUpdate ? () => jsonCopy(object) : undefined,
  });
  return withWarnings(answerEntry(core, call, entry, created ? 201 : 200), warnings);
};

export const withWarnings = (answer: ApiAnswer, warnings: readonly string[]): ApiAnswer => {
  const [first, ...more] = [...new Set(warnings)];
  if (first === undefined) return answer;
  const header = [first, ...more].map((text) => `299 - ${JSON.stringify(text)}`).join(", ");
  return { ...answer, headers: { ...answer.headers, warning: header } };
};

/** Checks a new object, completes it and stores it. The object given is the one that is completed. */
export const insert = async (
  core: Core,
  call: Call,
  object: AnyObject,
  options: WriteOptions,
  track = trackChange,
): Promise<Written> => {
  const { type } = call;
  const { metadata } = object;
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== "")
    throw serverError("resourceVersion should not be set on objects to be created");
  const generates = (metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "";
  checkNamespace(core, type, object);
  for (let attempt = 1; ; attempt++) {
    const made = generates ? named(object, generatedName(metadata.generateName ?? "")) : object;
    const complete = await completed(core, type, made, options, track);
    const key = keyOf(storedAs(type), complete.metadata.namespace, complete.metadata.name);
    if (core.store.tip(key) === undefined) {
      if (options.dryRun) return { value: dryText(complete), revision: 0 };
      const change = await core.store.write({ key, expected: 0, value: (revision) => textOf(complete, revision) });
      if (change?.entry !== undefined) return change.entry;
    }
    if (!generates || attempt === NAME_TRIES) throw alreadyExists(type, complete.metadata.name);
  }
};

/** A copy for each try with another name. */
const named = (object: AnyObject, name: string): AnyObject => {
  const copy = jsonCopy(object);
  copy.metadata.name = name;
  return copy;
};

const completed = async (
  core: Core,
  type: Call["type"],
  object: AnyObject,
  options: WriteOptions,
  track: typeof trackChange,
): Promise<AnyObject> => {
  const rules = rulesOf(type);
  const { managedFields: given } = object.metadata;
  object.metadata = newMetadata(object.metadata, core.clock);
  tidyMetadata(object.metadata);
  rules.setDefaults(object);
  setOwners(object, track({ core, type, before: undefined, after: object, given, options, subresource: undefined }));
  if (type.group === "" && type.resource === "pods") await admitPod(core, type, object);
  rules.prepareCreate(object, core.addresses.forObject(object));
  refuseInvalid(type, object, await rules.validateCreate(object));
  return object;
};

/** Owners are those of what the client sent: what the server adds to it belongs to nobody. */
const setOwners = (object: AnyObject, managedFields: ReturnType<typeof trackChange>): void => {
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = [...managedFields];
};

export interface Modification {
  readonly options: WriteOptions;
  readonly subresource: string | undefined;
  /** Makes the new object from a copy of the old one; asked again when another write came between. */
  readonly change: (old: AnyObject) => Incoming | Promise<Incoming>;
  /** Makes the object where there is none; undefined: that is an error. */
  readonly absent?: (() => AnyObject) | undefined;
  readonly track?: typeof trackChange;
  /** The request names what is to change: another uid is a wrong value, not another object. */
  readonly patches?: boolean;
  /** The object is what its client wants it to be: whatever else was written to it meanwhile is no conflict. */
  readonly uid?: string;
}

/** Reads, changes and writes one object, again where somebody else was faster. */
export const modify = async (
  core: Core,
  call: Call,
  modification: Modification,
): Promise<{ entry: Written; created: boolean; warnings: readonly string[] }> => {
  const { type, namespace, name = "" } = call;
  const key = keyOf(storedAs(type), namespace, name);
  for (let attempt = 1; ; attempt++) {
    const tip = core.store.tip(key);
    if (tip === undefined) {
      if (modification.absent === undefined) throw notFound(type, name);
      const entry = await insertUnlessThere(core, call, modification.absent(), modification);
      if (entry === undefined && attempt < TRIES) continue;
      if (entry === undefined) throw alreadyExists(type, name);
      return { entry, created: true, warnings: [] };
    }
    const old = inVersion(objectOf(tip), type);
    const { object, warnings } = await modification.change(inVersion(objectOf(tip), type));
    const wanted = object.metadata.resourceVersion ?? "";
    if (!/^\d*$/.test(wanted))
      throw serverError(`strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`);
    // Zero is no version, as if there were none.
    const given = wanted !== "" && wanted !== "0" && wanted !== old.metadata.resourceVersion;
    if (given) throw conflict(type, name, MODIFIED);
    const next = await changed(core, type, { object, old, modification });
    const entry = await put(core, { key, tip, old, wanted: next, dryRun: modification.options.dryRun });
    if (entry !== undefined) return { entry, created: false, warnings };
    if (attempt === TRIES) throw conflict(type, name, MODIFIED);
  }
};

/** Undefined where somebody else made the object meanwhile. */
const insertUnlessThere = async (
  core: Core,
  call: Call,
  object: AnyObject,
  { options, track }: Modification,
): Promise<Written | undefined> => {
  try {
    return await insert(core, call, object, options, track);
  } catch (error) {
    if (error instanceof StatusError && error.status.reason === "AlreadyExists") return undefined;
    throw error;
  }
};

export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

const changed = async (
  core: Core,
  type: Call["type"],
  { object, old, modification }: { object: AnyObject; old: AnyObject; modification: Modification },
): Promise<AnyObject> => {
  const { subresource, options, track = trackChange } = modification;
  const rules = rulesOf(type);
  const { uid, managedFields: given } = object.metadata;
  if (uid !== undefined && uid !== "" && uid !== old.metadata.uid) {
    if (modification.patches === true) throw changedUid(type, object.metadata);
    throw conflict(
      type,
      object.metadata.name,
      `StorageError: invalid object, Code: 4, Key: /registry/${type.resource}/${old.metadata.namespace === undefined ? "" : `${old.metadata.namespace}/`}${old.metadata.name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if ((object.metadata.resourceVersion ?? "") === "" && !rules.updatesBlindly)
    throw invalid({ ...type, kind: type.resource }, object.metadata.name, [
      {
        reason: "FieldValueInvalid",
        message: "Invalid value: 0: must be specified for an update",
        field: "metadata.resourceVersion",
      },
    ]);
  keepMetadata(object, old);
  tidyMetadata(object.metadata);
  rules.setDefaults(object);
  setOwners(object, track({ core, type, before: old, after: object, given, options, subresource }));
  // A binding is what the server itself makes of the pod: a user may not change what it changes.
  if (subresource === "binding") return object;
  if (subresource === "status") rules.prepareStatus(object, old);
  else rules.prepareUpdate(object, old, core.addresses.forObject(object, old));
  const validate = subresource === "status" ? rules.validateStatus : rules.validateUpdate;
  refuseInvalid(type, object, await validate(object, old));
  return object;
};

/** Kubernetes checks it twice. */
const changedUid = (type: Call["type"], { name, uid }: AnyObject["metadata"]): StatusError => {
  const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  const cause = { reason: "FieldValueInvalid", message, field: "metadata.uid" };
  return invalid(type, name, [cause, cause]);
};

/** Writes the new object; undefined when the old one was changed meanwhile. */
const put = async (
  { store }: Core,
  { key, tip, old, wanted, dryRun }: { key: string; tip: Entry; old: AnyObject; wanted: AnyObject; dryRun: boolean },
): Promise<Written | undefined> => {
  wanted.metadata.resourceVersion = old.metadata.resourceVersion ?? "";
  const next = withOldTimes(wanted, old);
  if (isDeepStrictEqual(next, old)) {
    await store.settled();
    return tip;
  }
  if (dryRun) return { value: textOf(next, tip.revision), revision: tip.revision };
  const value = (revision: number): string => textOf(next, revision);
  if (!isFinished(next)) return (await store.write({ key, expected: tip.revision, value }))?.entry;
  const change = await store.write({ key, expected: tip.revision, value, delete: true });
  // The client sees the object as it was before it went, with its old revision.
  return change === undefined ? undefined : { value: textOf(next, tip.revision), revision: tip.revision };
};

/** Whether an object under deletion has nothing left that holds it. */
export const isFinished = (object: AnyObject): boolean => {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const { deletionGracePeriodSeconds = 0 } = object.metadata as { deletionGracePeriodSeconds?: number };
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  const spec = object.kind === "Namespace" ? (object["spec"] as { finalizers?: string[] } | undefined) : undefined;
  return (spec?.finalizers ?? []).length === 0;
};

export const refuseInvalid = (type: Call["type"], object: AnyObject, causes: readonly StatusCause[]): void => {
  if (causes.length > 0) throw invalid(type, object.metadata.name ?? "", causes);
};

const dryText = (object: AnyObject): string => {
  const { resourceVersion: _none, ...metadata } = object.metadata;
  const { kind, apiVersion, ...rest } = object;
  return JSON.stringify({ kind, apiVersion, ...rest, metadata });
};

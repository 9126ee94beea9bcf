import type { AnyObject, ObjectMeta } from "../../../k8s/types.ts";
import { serverError } from "../api/server-error.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { badRequest } from "../api/status.ts";
import { apiVersionOf } from "../api/stored.ts";
import { sameData } from "../schema/data.ts";
import { withoutAncient } from "./ancient.ts";
import { problemsOf } from "./check.ts";
import { type Conflict, conflictError, unlessAllowed } from "./conflict.ts";
import { type Entry, type Manager, entryOf, isOf, sorted, storedEntries } from "./entry.ts";
import { type FieldSet, difference, isEmpty, recursiveDifference } from "./field-set.ts";
import { fieldsOf } from "./fields-of.ts";
import { KUBECTL, fieldsLastApplied, renewLastApplied } from "./last-applied.ts";
import { merge } from "./merge.ts";
import { emptyObject, objectType } from "./object-type.ts";
import { type FindVersion, afterChange, changeOf, conflictOf, unmanaged } from "./ownership.ts";
import { prune } from "./prune.ts";
import { NEVER_OWNED, resetFields } from "./reset-fields.ts";
import { bySchemaOfNow } from "./schema-change.ts";
import { trackUpdate } from "./track-update.ts";

/** One server-side apply. */
export interface Apply {
  readonly type: ResourceType;
  readonly find: FindVersion;
  /** The object as it is; for a new one the empty object of its kind. */
  readonly live: AnyObject;
  readonly applied: AnyObject;
  readonly manager: string;
  readonly subresource: string | undefined;
  readonly force: boolean;
  /** RFC 3339, seconds. */
  readonly time: string;
}

/**
 * The object after an apply, with its `managedFields`; live and applied object stay as they are.
 *
 * @throws StatusError 409 with every field that somebody else owns and that would change, unless forced; 400 or 500 where
 *   what is applied is no object of the kind.
 */
export const applyServerSide = (apply: Apply): AnyObject => {
  const { type, applied } = apply;
  checkApplied(type, applied);
  const outcome = applyAs(apply, startingEntries(apply));
  const { object, entries } = outcome;
  const result = { ...object, metadata: { ...object.metadata, managedFields: [...entries] } };
  if (apply.manager === KUBECTL) renewLastApplied(result, applied);
  return result;
};

const checkApplied = (type: ResourceType, applied: AnyObject): void => {
  const { kind, apiVersion } = applied;
  if (kind !== type.kind || apiVersion !== apiVersionOf(type))
    throw badRequest(`invalid object type: ${kindText(applied)}`);
  if ((applied.metadata?.managedFields ?? undefined) !== undefined)
    throw badRequest("metadata.managedFields must be nil");
  const problems = problemsOf(objectType(type), applied);
  if (problems === undefined) return;
  const { namespace, name }: Partial<ObjectMeta> = applied.metadata ?? {};
  const place = `${namespace ?? ""}/${name ?? ""}`;
  throw serverError(`failed to create typed patch object (${place}; ${kindText(applied)}): ${problems}`);
};

/** `apps/v1, Kind=Deployment`, with a slash also where there is no group. */
const kindText = ({ kind = "", apiVersion = "" }: Partial<AnyObject>): string =>
  `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;

/** What was there before anybody tracked it belongs to a manager of its own. */
const startingEntries = ({ type, find, live, subresource, time }: Apply): readonly Entry[] => {
  const entries = storedEntries(live.metadata?.managedFields);
  if (entries.length > 0) return bySchemaOfNow(type, entries, find);
  const [before, after] = [emptyObject(type), live];
  return trackUpdate({ type, find, before, after, entries, manager: "before-first-apply", subresource, time });
};

interface Outcome {
  readonly object: AnyObject;
  readonly entries: readonly Entry[];
}

const applyAs = (apply: Apply, entries: readonly Entry[]): Outcome => {
  const { type, find, applied, subresource, time } = apply;
  const live = unmanaged(apply.live);
  const manager: Manager = {
    manager: apply.manager,
    operation: "Apply",
    apiVersion: apiVersionOf(type),
    ...(subresource === undefined ? {} : { subresource }),
  };
  const reset = resetFields(type, subresource);
  const root = objectType(type);
  const last = entries.find((entry) => isOf(entry, manager));
  const own = recursiveDifference(fieldsOf(root, applied), reset);
  const others = entries.filter((entry) => entry !== last);
  const mine = entryOf(manager, own, last?.time);
  const merged = merge(root, live, applied);
  const object = prune(type, merged, { last, entries: [...others, mine], find });
  const change = changeOf(type, { before: live, after: object, reset, find });
  const conflicts = others
    .map((entry): Conflict => ({ entry, fields: conflictOf(entry, change) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (!apply.force) refuseConflicts(apply, conflicts);
  const left = others.flatMap((entry) => afterChange(entry, change) ?? []);
  const isSame = sameData(live, object);
  return {
    object: (isSame ? live : object) as unknown as AnyObject,
    entries: sorted(withoutAncient([...left, ...ownEntry(mine, own, isSame ? last?.time : time)])),
  };
};

const ownEntry = (mine: Entry, own: FieldSet, time: string | undefined): Entry[] => {
  const fields = difference(own, NEVER_OWNED);
  return isEmpty(fields) ? [] : [entryOf(mine, fields, time)];
};

/** Kubectl takes over what its own client-side apply set. */
const refuseConflicts = ({ type, live, manager }: Apply, conflicts: readonly Conflict[]): void => {
  if (conflicts.length === 0) return;
  const allowed = manager === KUBECTL ? fieldsLastApplied(type, live) : {};
  const left = unlessAllowed(conflicts, allowed);
  if (left.length > 0) throw conflictError(left);
};

import { isDeepStrictEqual } from "node:util";
import type { AnyObject, Condition, KubeObject } from "../k8s/types.ts";
import { refOf } from "../k8s/object-ref.ts";
import type { ReconcileContext } from "./reconciler.ts";

/** What a reconciler says about one aspect of an object; times and generation are added when it is written. */
export interface Statement {
  readonly type: string;
  readonly status: boolean | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export interface StatusChange {
  /** Replace the conditions of their types; conditions of other types stay. */
  readonly conditions?: readonly Statement[];
  /** Condition types that no longer apply. */
  readonly remove?: readonly string[];
  /** Other fields of the status; undefined removes one. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

interface StatusFields {
  readonly conditions?: readonly Condition[];
  readonly observedGeneration?: number;
  readonly [field: string]: unknown;
}

/** Limit of the API for a condition's message. */
const MAX_MESSAGE = 32_768;

export const conditionsOf = (object: KubeObject): readonly Condition[] => statusOf(object).conditions ?? [];

export const findCondition = (object: KubeObject, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);

export const isTrue = (object: KubeObject, type: string): boolean => findCondition(object, type)?.status === "True";

/**
 * `lastTransitionTime` moves only when the status of a condition changes; the order of the old list is kept. Of several
 * statements about one type the last counts.
 */
export const setConditions = (
  current: readonly Condition[],
  statements: readonly Statement[],
  at: { readonly now: Date; readonly generation: number | undefined },
): Condition[] => {
  const next = new Map(current.map((condition) => [condition.type, condition]));
  for (const statement of new Map(statements.map((statement) => [statement.type, statement])).values()) {
    const before = next.get(statement.type);
    const status = statement.status === "Unknown" ? "Unknown" : statement.status ? "True" : "False";
    next.set(statement.type, {
      type: statement.type,
      status,
      reason: statement.reason,
      message: statement.message.slice(0, MAX_MESSAGE),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : toSeconds(at.now),
      ...(at.generation === undefined ? {} : { observedGeneration: at.generation }),
    });
  }
  return [...next.values()];
};

/**
 * Writes the status, if it says anything new. Guarded by the object's resourceVersion: what was concluded from an old
 * object is refused by the server (409) and the key runs again. Returns the object as it is now.
 */
export const applyStatus = async <T extends KubeObject = AnyObject>(
  context: ReconcileContext,
  object: T,
  change: StatusChange,
): Promise<T> => {
  const current = statusOf(object);
  const { generation } = object.metadata;
  const kept = (current.conditions ?? []).filter(({ type }) => !change.remove?.includes(type));
  const conditions = setConditions(kept, change.conditions ?? [], { now: context.now(), generation });
  const status = {
    ...change.fields,
    conditions,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  if (!isNews(current, status)) return object;
  const { resourceVersion } = object.metadata;
  const patch = { metadata: { resourceVersion }, status: nullForUndefined(status) };
  return await context.client.mergePatch<T>(refOf(object), patch, { subresource: "status", signal: context.signal });
};

const statusOf = (object: KubeObject): StatusFields => (object as { status?: StatusFields }).status ?? {};

const isNews = (current: StatusFields, next: StatusFields): boolean =>
  Object.entries(next).some(([field, value]) =>
    field === "conditions"
      ? !isDeepStrictEqual(withoutTimes(current.conditions), withoutTimes(next.conditions))
      : !isDeepStrictEqual(current[field], value),
  );

const withoutTimes = (conditions: readonly Condition[] = []): unknown[] =>
  conditions.map((condition) => ({ ...condition, lastTransitionTime: undefined }));

/** A merge patch removes a field by null. */
const nullForUndefined = (status: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(status).map(([field, value]) => [field, value ?? null]));

const toSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

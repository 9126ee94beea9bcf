import type { KubeObject } from "../k8s/types.ts";
import { messageOf } from "../lib/errors.ts";
import { applyStatus, isTrue, type Statement } from "./conditions.ts";
import { ensureFinalizer, hasFinalizer, isDeleting, removeFinalizer } from "./finalizers.ts";
import { HierarchyMissing } from "./hierarchy.ts";
import { again, DONE, type Outcome, type ReconcileContext, type Reconciler } from "./reconciler.ts";

/** What a look at an object found, to be written to its status. */
export interface Observation {
  /** More conditions than the main one, or the main one with another status. */
  readonly statements?: readonly Statement[];
  /** Condition types that do not apply now. */
  readonly remove?: readonly string[];
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Look again after this long, ms. */
  readonly againAfterMs?: number;
}

/** A reconciler as data: what is true of an object while it lives and what has to happen before it goes. */
export interface Lifecycle<T extends KubeObject> {
  readonly kind: string;
  readonly watches: Reconciler["watches"];
  /** The condition that says the object does its job. */
  readonly main: { readonly type: string; readonly reason: string; readonly message: string };
  /** Throws HierarchyMissing when something the object needs is not there. */
  readonly observe?: (object: T, context: ReconcileContext) => Promise<Observation>;
  /** What the main condition says when `observe` fails, before it is tried again. Default: what it said before. */
  readonly failure?: (error: unknown) => Pick<Statement, "reason" | "message"> | undefined;
  readonly deletion?: Deletion<T>;
}

export interface Deletion<T extends KubeObject> {
  readonly finalizer: string;
  readonly condition: { readonly type: string; readonly status: boolean; readonly reason: string };
  /** Takes the next steps. Returns what it waits for ("Component api"), or undefined when the object may go. */
  readonly finalize: (object: T, context: ReconcileContext) => Promise<string | undefined>;
}

/** While a deletion waits. Watches of children wake it earlier; namespaces of planes are not watched. */
const WAIT_MS = 1000;

/** Turns a lifecycle into a reconciler. */
export const reconcilerOf = <T extends KubeObject>(lifecycle: Lifecycle<T>): Reconciler => ({
  kind: lifecycle.kind,
  watches: lifecycle.watches,
  reconcile: async (key, context) => {
    const object = context.cache<T>(lifecycle.kind).get(key);
    if (object === undefined) return DONE;
    return isDeleting(object) ? await finalize(lifecycle, object, context) : await live(lifecycle, object, context);
  },
});

const live = async <T extends KubeObject>(
  lifecycle: Lifecycle<T>,
  found: T,
  context: ReconcileContext,
): Promise<Outcome> => {
  const { main, deletion } = lifecycle;
  const object = deletion === undefined ? found : await ensureFinalizer(context, found, deletion.finalizer);
  const observation = await observe(lifecycle, object, context);
  const statements = [{ ...main, status: true }, ...(observation.statements ?? [])];
  const written = await applyStatus(context, object, {
    conditions: statements,
    ...(observation.remove && { remove: observation.remove }),
    ...(observation.fields && { fields: observation.fields }),
  });
  if (!isTrue(object, main.type) && isTrue(written, main.type)) {
    await context.event(object, { type: "Normal", reason: "ReconcileComplete", message: main.message });
  }
  return observation.againAfterMs === undefined ? DONE : again(observation.againAfterMs);
};

const observe = async <T extends KubeObject>(
  lifecycle: Lifecycle<T>,
  object: T,
  context: ReconcileContext,
): Promise<Observation> => {
  try {
    return (await lifecycle.observe?.(object, context)) ?? {};
  } catch (error) {
    context.signal.throwIfAborted();
    const said =
      error instanceof HierarchyMissing
        ? { reason: "HierarchyNotFound", message: error.message }
        : lifecycle.failure?.(error);
    if (said !== undefined) {
      await applyStatus(context, object, { conditions: [{ type: lifecycle.main.type, status: false, ...said }] });
    }
    throw error;
  }
};

const finalize = async <T extends KubeObject>(
  { deletion }: Lifecycle<T>,
  object: T,
  context: ReconcileContext,
): Promise<Outcome> => {
  if (deletion === undefined || !hasFinalizer(object, deletion.finalizer)) return DONE;
  const say = (message: string): Promise<T> =>
    applyStatus(context, object, { conditions: [{ ...deletion.condition, message }] });
  let waitsFor: string | undefined;
  try {
    waitsFor = await deletion.finalize(object, context);
  } catch (error) {
    await say(`Failed: ${messageOf(error)}`);
    throw error;
  }
  if (waitsFor !== undefined) {
    await say(`Waiting for ${waitsFor}`);
    return again(WAIT_MS);
  }
  await removeFinalizer(context, object, deletion.finalizer);
  return DONE;
};

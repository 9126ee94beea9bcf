import { CHOREO_API, CHOREO_KINDS, LABELS } from "../crds/labels.ts";
import type { KubeClient } from "../k8s/client.ts";
import { startInformer } from "../k8s/informer.ts";
import type { AnyObject, KubeObject, TypeRef } from "../k8s/types.ts";
import type { Clock } from "../lib/clock.ts";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { createNameIndex } from "./name-index.ts";
import type { Cache, CacheFilter, ReconcileContext } from "./reconciler.ts";

/** One object before and after; undefined where it was not there. */
export interface Change {
  readonly before: AnyObject | undefined;
  readonly after: AnyObject | undefined;
}

/** A kind that is listed and watched, shared by everybody who wants to know. */
export interface WatchedKind {
  readonly cache: Cache;
  /** Resolves after the first complete list; rejects when the watch is ended before. */
  readonly synced: Promise<void>;
  isSynced(): boolean;
  onChange(listener: (change: Change) => void): void;
}

export interface WatchedType extends TypeRef {
  readonly labelSelector?: string | undefined;
}

/** Starts to watch; ends with the signal. */
export type OpenWatch = (client: KubeClient, type: WatchedType, signal: AbortSignal) => WatchedKind;

/** The watched kinds of the control plane, each opened once. */
export interface ControlPlaneCaches {
  /** Of a kind of `core.choreo.dev/v1`. */
  readonly cache: <T extends KubeObject = AnyObject>(kind: string) => Cache<T>;
  readonly of: (
    type: Partial<TypeRef> & { readonly kind: string; readonly labelSelector?: string | undefined },
  ) => WatchedKind;
  all(): WatchedKind[];
}

/** Watches all kinds of the platform from the start, so that every reconciler may look at every kind. */
export const openControlPlaneCaches = (
  client: KubeClient,
  open: OpenWatch,
  signal: AbortSignal,
): ControlPlaneCaches => {
  const opened = new Map<string, WatchedKind>();
  const of: ControlPlaneCaches["of"] = ({ apiVersion = CHOREO_API, kind, labelSelector }) => {
    const id = JSON.stringify([apiVersion, kind, labelSelector]);
    const watched = opened.get(id) ?? open(client, { apiVersion, kind, labelSelector }, signal);
    opened.set(id, watched);
    return watched;
  };
  // Looked up at every step of every run: not by the key of all kinds.
  const own = new Map(CHOREO_KINDS.map((kind) => [kind, of({ kind })]));
  return {
    of,
    all: () => [...opened.values()],
    cache: <T extends KubeObject>(kind: string) => {
      const watched = own.get(kind);
      if (watched === undefined) throw new ChoreoError("E_INTERNAL", `${kind} is not a kind of ${CHOREO_API}`);
      return watched.cache as unknown as Cache<T>;
    },
  };
};

/** How the watches of this process are opened: one informer each, its troubles in the log. */
export const watchOpener =
  ({ clock, log }: { readonly clock: Clock; readonly log: ReconcileContext["log"] }): OpenWatch =>
  (client, type, signal) => {
    const listeners: ((change: Change) => void)[] = [];
    const names = createNameIndex();
    let isSynced = false;
    const informer = startInformer(client, type, {
      labelSelector: type.labelSelector,
      signal,
      clock,
      onChange: (before, after) => {
        names.replace(before, after);
        for (const listener of listeners) tell(listener, { before, after }, log);
      },
      onState: ({ state, error }) => {
        if (error !== undefined)
          log("warn", `watch of ${type.kind} on ${client.server}: ${state}`, { error: messageOf(error) });
      },
    });
    informer.synced.then(
      () => (isSynced = true),
      () => undefined,
    );
    return {
      cache: {
        get: (key) => informer.get(key),
        list: (filter = {}) =>
          select(
            filter.named === undefined ? informer.list() : names.find(filter.named, filter.labels?.[LABELS.component]),
            filter,
          ),
      },
      synced: informer.synced,
      isSynced: () => isSynced,
      onChange: (listener) => void listeners.push(listener),
    };
  };

/** A listener that fails must not end the watch that all share. */
const tell = (listener: (change: Change) => void, change: Change, log: ReconcileContext["log"]): void => {
  try {
    listener(change);
  } catch (error) {
    const object = change.after ?? change.before;
    log("error", `a change of ${object?.kind} ${object?.metadata.name} woke nobody`, { error: messageOf(error) });
  }
};

const select = (objects: Iterable<AnyObject>, { namespace, labels = {} }: CacheFilter): AnyObject[] => {
  const wanted = Object.entries(labels);
  return [...objects]
    .filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        wanted.every(([label, value]) => metadata.labels?.[label] === value),
    )
    .sort((a, b) => compare(a.metadata.name, b.metadata.name) || compare(a.metadata.namespace, b.metadata.namespace));
};

const compare = (a = "", b = ""): number => (a < b ? -1 : a > b ? 1 : 0);

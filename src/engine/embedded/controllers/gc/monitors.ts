import { reflect } from "../../../../k8s/reflector.ts";
import type { AnyObject, KubeObject, TypeRef } from "../../../../k8s/types.ts";
import { systemClock } from "../../../../lib/clock.ts";
import { linkAbort } from "../../../../lib/deadline.ts";
import type { ControllerContext } from "../context.ts";
import { CUSTOM_RESOURCE_DEFINITION, type StatusCondition } from "../kinds.ts";
import { createLoop } from "../loop.ts";
import { isDeleting } from "../owners.ts";
import { type ServerResource, discoverResources } from "../resources.ts";
import { isTrue } from "../status.ts";

/** Something of any kind was seen, or was seen to be gone. */
export interface ObjectChange {
  readonly type: TypeRef;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
  /** Undefined when it is gone. Not kept by anybody: it may be large. */
  readonly object: AnyObject | undefined;
}

/** Watches over all kinds that a server has, those that are installed later too. */
export interface Monitors {
  /** To be called before `run`; changes come in the order of the server for each kind. */
  subscribe(handler: (change: ObjectChange) => void): void;
  /** Resolves when each kind was listed once, or could not be. */
  readonly synced: Promise<void>;
  run(): Promise<void>;
}

/** Say what happened to others, own nothing and are owned by nobody. */
const IGNORED: ReadonlySet<string> = new Set(["/events", "events.k8s.io/events"]);
const NEEDED_VERBS = ["list", "watch", "delete"];
/** Definitions come in groups, and each is changed several times until it serves. */
const GATHERING_MS = 250;
const UNLISTED_MS = 500;

interface Monitor {
  readonly resource: ServerResource;
  readonly synced: Promise<void>;
  stop(): void;
}

export const createMonitors = (context: ControllerContext): Monitors => {
  const { signal, client } = context;
  const handlers: ((change: ObjectChange) => void)[] = [];
  const running = new Map<string, Monitor>();
  const definitions = new Map<string, boolean>();
  let settle: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => (settle = resolve));
  const emit = (change: ObjectChange): void => {
    if (change.type.kind === CUSTOM_RESOURCE_DEFINITION.kind) onDefinition(change);
    for (const handler of handlers) handler(change);
  };
  const onDefinition = ({ name, object }: ObjectChange): void => {
    const { conditions } = (object?.["status"] ?? {}) as { conditions?: readonly StatusCondition[] };
    const serves = object !== undefined && !isDeleting(object) && isTrue(conditions, "Established");
    if (definitions.get(name) === serves) return;
    if (object === undefined) definitions.delete(name);
    else definitions.set(name, serves);
    loop.add("later");
  };
  const refresh = async (): Promise<boolean> => {
    const { resources, failures } = await discoverResources(client, signal);
    const wanted = new Map(resources.filter(isWatched).map((resource) => [keyOf(resource), resource]));
    for (const [key, monitor] of running) {
      if (wanted.has(key) || failures.includes(monitor.resource.apiVersion)) continue;
      monitor.stop();
      running.delete(key);
    }
    for (const [key, resource] of wanted) {
      if (!running.has(key)) running.set(key, startMonitor(context, resource, emit));
    }
    await Promise.all([...running.values()].map((monitor) => monitor.synced));
    settle();
    const served = new Set(resources.map(({ plural, group }) => `${plural}.${group}`));
    return failures.length === 0 && [...definitions].every(([name, serves]) => !serves || served.has(name));
  };
  const loop = createLoop({
    ...context,
    name: "resource-monitors",
    workers: 1,
    reconcile: async (key) => {
      if (key === "later") await systemClock.sleep(GATHERING_MS, signal);
      if (!(await refresh()))
        void systemClock.sleep(UNLISTED_MS, signal).then(
          () => loop.add(key),
          () => undefined,
        );
      return undefined;
    },
  });
  return {
    subscribe: (handler) => handlers.push(handler),
    synced,
    run: async () => {
      loop.add("now");
      await loop.run();
      settle();
    },
  };
};

const isWatched = ({ group, plural, verbs }: ServerResource): boolean =>
  !IGNORED.has(`${group}/${plural}`) && NEEDED_VERBS.every((verb) => verbs.includes(verb));

const keyOf = ({ apiVersion, plural }: ServerResource): string => `${apiVersion}/${plural}`;

/** Kinds that a controller keeps a copy of are not watched twice. */
const startMonitor = (
  context: ControllerContext,
  resource: ServerResource,
  emit: (change: ObjectChange) => void,
): Monitor => {
  const { apiVersion, kind } = resource;
  const type = { apiVersion, kind };
  if (!context.informers.has(type)) return watchNames(context, resource, emit);
  const informer = context.informers.of<AnyObject>(type);
  const stop = informer.subscribe((before, after) => {
    if (before !== undefined && before.metadata.uid !== after?.metadata.uid) emit(changeOf(type, before, undefined));
    if (after !== undefined) emit(changeOf(type, after, after));
  });
  return { resource, synced: informer.synced, stop };
};

/** Follows a kind and remembers of each object only its name and uid. */
const watchNames = (
  { client, signal }: ControllerContext,
  resource: ServerResource,
  emit: (change: ObjectChange) => void,
): Monitor => {
  const type: TypeRef = { apiVersion: resource.apiVersion, kind: resource.kind };
  const known = new Map<string, KubeObject["metadata"]>();
  const abort = new AbortController();
  const unlink = linkAbort(signal, abort);
  let settle: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => (settle = resolve));
  const drop = (key: string): void => {
    const metadata = known.get(key);
    known.delete(key);
    if (metadata !== undefined) emit(changeOf(type, { ...type, metadata }, undefined));
  };
  const put = (object: AnyObject): void => {
    const { name, namespace, uid } = object.metadata;
    const key = nameOf(object);
    if (known.has(key) && known.get(key)?.uid !== uid) drop(key);
    if (!known.has(key)) {
      known.set(key, {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
      });
    }
    emit(changeOf(type, object, object));
  };
  const sink = {
    replace: ({ items }: { readonly items: readonly AnyObject[] }): void => {
      const there = new Set(items.map(nameOf));
      for (const key of known.keys()) if (!there.has(key)) drop(key);
      for (const item of items) put(item);
      settle();
    },
    upsert: put,
    remove: (object: AnyObject) => drop(nameOf(object)),
  };
  // A kind that cannot be listed must not hold up the others.
  const onState = ({ state }: { readonly state: string }): void => {
    if (state === "retrying") settle();
  };
  const ended = reflect(client, type, sink, { signal: abort.signal, onState });
  void ended.then(() => {
    settle();
    unlink();
    if (!signal.aborted) for (const key of known.keys()) drop(key);
  });
  return { resource, synced, stop: () => abort.abort() };
};

const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

const changeOf = (type: TypeRef, { metadata }: KubeObject, object: AnyObject | undefined): ObjectChange => ({
  type,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid ?? "",
  object,
});

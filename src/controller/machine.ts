import { isDeepStrictEqual } from "node:util";
import type { KubeClient } from "../k8s/client.ts";
import { connect } from "../k8s/connect.ts";
import type { AnyObject, Endpoint } from "../k8s/types.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { redact } from "../lib/redact.ts";
import { type ControlPlaneCaches, openControlPlaneCaches, type WatchedKind, watchOpener } from "./caches.ts";
import { type Controller, createController, describeFailure } from "./controller.ts";
import { createEventRecorder } from "./events.ts";
import { createPlaneClients, type OwnedPlaneClients } from "./plane-clients.ts";
import {
  type ControllerSettings,
  type Key,
  keyOf,
  type ReconcileContext,
  type Reconciler,
  type Watch,
} from "./reconciler.ts";

export interface MachineOptions {
  /** Control plane. */
  readonly client: KubeClient;
  readonly settings: ControllerSettings;
  readonly reconcilers: readonly Reconciler[];
  /** A run failed. It is logged and tried again without this. */
  readonly onError?: (error: unknown, where: { readonly kind: string; readonly key: Key }) => void;
  readonly log: ReconcileContext["log"];
  readonly clock?: Clock;
  /** Makes the clients of data and build planes. */
  readonly connect?: (endpoint: Endpoint) => KubeClient;
  /** Objects of one kind worked on at the same time. Default 4: kinds do not wait for each other. */
  readonly workersPerKind?: number;
  /** Longest run of one reconcile, ms. Default 60 000. */
  readonly reconcileTimeoutMs?: number;
}

/** Caches wired to queues; nothing works before its controllers run. */
export interface Machine {
  readonly controllers: readonly Controller[];
  readonly watched: readonly WatchedKind[];
  /** Queues every object of every kind that has a reconciler. */
  enqueueAll(): void;
  close(): void;
}

/** Opens the watches of the control plane and connects them to one controller per reconciler. */
export const assembleMachine = (options: MachineOptions, signal: AbortSignal): Machine => {
  const { client, clock = systemClock, log, reconcilers } = options;
  const controllers = new Map<string, Controller>();
  const openWatch = watchOpener({ clock, log });
  const caches = openControlPlaneCaches(client, openWatch, signal);
  const planes = createPlaneClients({
    connect: options.connect ?? connect,
    openWatch,
    wake: (kind, key) => controllers.get(kind)?.enqueue(key),
  });
  const contextOf = contexts(options, { caches, planes, clock });
  for (const reconciler of reconcilers) {
    const controller = controllerOf(reconciler, options, { contextOf, clock });
    controllers.set(reconciler.kind, controller);
    wire(reconciler, controller, { caches, context: contextOf(signal) });
  }
  forgetDeletedPlanes(caches, planes);
  return {
    controllers: [...controllers.values()],
    watched: caches.all(),
    enqueueAll: () => {
      for (const [kind, controller] of controllers) {
        for (const object of caches.cache(kind).list()) controller.enqueue(keyOf(object));
      }
    },
    close: () => {
      for (const controller of controllers.values()) controller.close();
      planes.close();
    },
  };
};

type ContextOf = (signal: AbortSignal) => ReconcileContext;

const contexts = (
  { client, settings, log }: MachineOptions,
  parts: { readonly caches: ControlPlaneCaches; readonly planes: OwnedPlaneClients; readonly clock: Clock },
): ContextOf => {
  const { caches, planes, clock } = parts;
  const event = createEventRecorder({
    client,
    clock,
    source: "choreo-dev",
    onFailure: (message) => log("warn", message),
  });
  const now = (): Date => new Date(clock.now());
  return (signal) => ({ client, cache: caches.cache, planes, event, settings, now, log, signal });
};

const controllerOf = (
  reconciler: Reconciler,
  options: MachineOptions,
  { contextOf, clock }: { readonly contextOf: ContextOf; readonly clock: Clock },
): Controller =>
  createController({
    reconciler,
    context: contextOf,
    clock,
    workers: options.workersPerKind ?? 4,
    timeoutMs: options.reconcileTimeoutMs ?? 60_000,
    onError: (error, where) => {
      const { namespace, name } = where.key;
      const object = namespace === undefined ? name : `${namespace}/${name}`;
      options.log("warn", `${where.kind} ${object}: ${redact(describeFailure(error))}`);
      try {
        options.onError?.(error, where);
      } catch (failure) {
        options.log("error", `the error handler of the controller failed: ${describeFailure(failure)}`);
      }
    },
  });

/** What wakes a reconciler: its own kind, and the kinds it asked for. */
const wire = (
  reconciler: Reconciler,
  controller: Controller,
  { caches, context }: { readonly caches: ControlPlaneCaches; readonly context: ReconcileContext },
): void => {
  const wakeBy = ({ ignoreStatus = false, keys, ...type }: Watch): void =>
    caches.of(type).onChange(({ before, after }) => {
      if (isSame(before, after, ignoreStatus ? withoutStatus : withoutProbe)) return;
      // The old form counts as well: an object that changed its labels matters to the parent it left.
      for (const object of [before, after]) {
        for (const key of object === undefined ? [] : keys(object, context)) controller.enqueue(key);
      }
    });
  wakeBy({ kind: reconciler.kind, keys: (object) => [keyOf(object)] });
  for (const watch of reconciler.watches) wakeBy(watch);
};

const isSame = (
  before: AnyObject | undefined,
  after: AnyObject | undefined,
  view: (object: AnyObject) => AnyObject,
): boolean => before !== undefined && after !== undefined && isDeepStrictEqual(view(before), view(after));

const withoutStatus = (object: AnyObject): AnyObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: "" },
  status: undefined,
});

/** A plane that was called again and answered the same must not wake everything that is placed on it. */
const withoutProbe = (object: AnyObject): AnyObject => ({
  ...withoutStatus(object),
  status: { ...(object["status"] as object | undefined), lastProbeTime: undefined },
});

const forgetDeletedPlanes = (caches: ControlPlaneCaches, planes: OwnedPlaneClients): void => {
  for (const kind of ["DataPlane", "BuildPlane"]) {
    caches.of({ kind }).onChange(({ before, after }) => {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) planes.forget(before);
    });
  }
};

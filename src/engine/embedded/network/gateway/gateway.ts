import type { Duplex } from "node:stream";
import type { KubeClient } from "../../../../k8s/client.ts";
import { startInformer } from "../../../../k8s/informer.ts";
import type { AnyObject, KubeObject, TypeRef } from "../../../../k8s/types.ts";
import { type Clock, systemClock } from "../../../../lib/clock.ts";
import { manyListeners } from "../../../../lib/many-listeners.ts";
import type { Log } from "../../controllers/context.ts";
import { createLoop } from "../../controllers/loop.ts";
import { untilKnown } from "../../known-kinds.ts";
import { SERVICE, type Service } from "../proxy/kinds.ts";
import { createPulse } from "../pulse.ts";
import type { Access } from "./door.ts";
import { createDoors } from "./doors.ts";
import {
  GATEWAY,
  GATEWAY_CLASS,
  type Gateway,
  type GatewayClass,
  GRPC_ROUTE,
  HTTP_ROUTE,
  type HttpRoute,
  keyOf,
  NAMESPACE,
  REFERENCE_GRANT,
  type ReferenceGrant,
  SECRET,
  type TlsSecret,
} from "./kinds.ts";
import { buildModel, type Model } from "./model.ts";
import { writeClassStatus, writeGatewayStatus, writeRouteStatus } from "./status.ts";

export interface ListenAddress {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface GatewayOptions {
  /** Its end closes the listeners and breaks the connections. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * Where a Gateway is listened on, by `namespace/name`. A Gateway with several ports: by `namespace/name:port`; the
   * first port may go without. What is not given listens on a free port of 127.0.0.1.
   */
  readonly listen: Readonly<Record<string, ListenAddress>>;
  /** Opens a connection to a service; rejects with the error of `noEndpoints` when it has none. */
  readonly dialService: (namespace: string, name: string, port: number) => Promise<Duplex>;
  /** Default `choreo-dev.io/gateway-controller`. */
  readonly controllerName?: string | undefined;
  /** Whether a class is ours to serve. Default: when it has our controller name. */
  readonly serves?: ((gatewayClass: GatewayClass) => boolean) | undefined;
  readonly onAccess?: ((access: Access & { readonly gateway: string }) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface GatewayServer {
  /** Resolves when everything that was there at the start is served; rejects when the signal ends it before. */
  readonly ready: Promise<void>;
  /** Where a Gateway's port (default: its first) is listened on; undefined when it is not. */
  addressOf(gateway: string, port?: number): ListenAddress | undefined;
  /** Resolves when the signal has aborted and everything is closed. */
  readonly closed: Promise<void>;
}

export const DEFAULT_CONTROLLER = "choreo-dev.io/gateway-controller";

const RETRY_MS = 250;

const EMPTY: Model = { gateways: new Map(), routes: new Set(), parents: new Map() };

/**
 * Serves the Gateways of a cluster and says in their status, and in that of their HTTPRoutes, what became of them. Waits for
 * the API server to know these kinds.
 */
export const startGateway = (client: KubeClient, options: GatewayOptions): GatewayServer => {
  let serving: GatewayServer | undefined;
  manyListeners(options.signal);
  const started = untilKnown(client, KINDS, options.signal).then(() => (serving = serve(client, options)));
  const ready = started.then((server) => server.ready);
  // Whoever does not wait for it is not interested in its failure either.
  ready.catch(() => undefined);
  return {
    ready,
    addressOf: (gateway, port) => serving?.addressOf(gateway, port),
    closed: started.then(
      ({ closed }) => closed,
      () => undefined,
    ),
  };
};

const KINDS = [GATEWAY_CLASS, GATEWAY, HTTP_ROUTE, GRPC_ROUTE, REFERENCE_GRANT];

const serve = (client: KubeClient, options: GatewayOptions): GatewayServer => {
  const { signal, log, controllerName = DEFAULT_CONTROLLER, clock = systemClock } = options;
  const serves = options.serves ?? (({ spec }: GatewayClass) => spec.controllerName === controllerName);
  const changes = createPulse(signal);
  const informers: Promise<void>[] = [];
  /** Classes, gateways and routes are looked at again whenever they change, also by somebody else's hand. */
  const watch = <T extends AnyObject>(type: TypeRef, onChange?: (key: string) => void) => {
    const informer = startInformer(client, type, {
      signal,
      onChange: (_before, after) => {
        changes.beat();
        if (after !== undefined) onChange?.(keyOf(after));
      },
    });
    informers.push(informer.synced);
    return {
      get: (namespace: string | undefined, name: string) => informer.get({ namespace, name }) as T | undefined,
      list: () => informer.list() as T[],
    };
  };
  const classes = watch<AnyObject & GatewayClass>(GATEWAY_CLASS, (key) => loop.add(`class ${key}`));
  const gateways = watch<AnyObject & Gateway>(GATEWAY);
  const routes = watch<AnyObject & HttpRoute>(HTTP_ROUTE);
  // Only to tell them that they are not served.
  const grpcRoutes = watch<AnyObject & HttpRoute>(GRPC_ROUTE);
  const grants = watch<AnyObject & ReferenceGrant>(REFERENCE_GRANT);
  const services = watch<AnyObject & Service>(SERVICE);
  const secrets = watch<AnyObject & TlsSecret>(SECRET);
  const namespaces = watch<AnyObject>(NAMESPACE);

  let model = EMPTY;
  const doors = createDoors({ ...options, listeners: (key) => model.gateways.get(key)?.listeners ?? [] });
  const rebuild = (): void => {
    model = buildModel({
      classes: classes.list().filter(serves),
      gateways: gateways.list(),
      routes: [...routes.list(), ...grpcRoutes.list()],
      grants: grants.list(),
      service: services.get,
      secret: secrets.get,
      namespaceLabels: (name) => namespaces.get(undefined, name)?.metadata.labels,
      portProblem: (gateway, port) => doors.problemOf(gateway, port),
    });
  };
  const queueStatuses = (): void => {
    for (const one of classes.list()) loop.add(`class ${keyOf(one)}`);
    for (const key of model.gateways.keys()) loop.add(`gateway ${key}`);
    for (const one of model.routes) {
      if (model.parents.has(one) || (one.status?.parents?.length ?? 0) > 0) loop.add(`${one.kind} ${keyOf(one)}`);
    }
  };
  const sync = async (): Promise<void> => {
    rebuild();
    if (await doors.sync(model)) rebuild();
    queueStatuses();
    if (doors.hasProblem()) void tryAgain();
  };
  /** Whoever has a port may leave it, and some only look whether it is free. */
  let isTrying = false;
  const tryAgain = async (): Promise<void> => {
    if (isTrying) return;
    isTrying = true;
    await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    isTrying = false;
    changes.beat();
  };

  const status = { client, now: () => clock.now() };
  /** Objects that we have written since: they come again as they are now. */
  const outdated = new WeakSet<KubeObject>();
  const write = async (object: KubeObject, job: () => Promise<KubeObject | undefined>): Promise<void> => {
    if (outdated.has(object)) return;
    const { resourceVersion } = (await job())?.metadata ?? object.metadata;
    if (resourceVersion !== object.metadata.resourceVersion) outdated.add(object);
  };
  const reconcile = async (key: string): Promise<undefined> => {
    const [kind, id = ""] = key.split(" ");
    const [namespace, name = ""] = id.split("/");
    if (kind === "class") {
      const object = classes.get(undefined, name);
      if (object !== undefined && serves(object)) await write(object, () => writeClassStatus(status, object));
    } else if (kind === "gateway") {
      const [object, served] = [gateways.get(namespace, name), model.gateways.get(id)];
      // Not of an object that is newer than what is served: it comes again.
      if (object !== undefined && served?.gateway === object) {
        const address = doors.addressOf(id)?.address;
        await write(object, () => writeGatewayStatus(status, object, served, address));
      }
    } else {
      const object = (kind === GRPC_ROUTE.kind ? grpcRoutes : routes).get(namespace, name);
      const ours = new Set([
        controllerName,
        ...classes
          .list()
          .filter(serves)
          .map(({ spec }) => spec.controllerName),
      ]);
      if (object === undefined || !model.routes.has(object)) return undefined;
      const parents = model.parents.get(object) ?? [];
      await write(object, () => writeRouteStatus(status, object, parents, ours));
    }
    return undefined;
  };
  const loop = createLoop({ name: "gateway", clock, signal, log, reconcile });

  const start = Promise.all(informers).then(sync);
  const run = async (): Promise<void> => {
    const working = loop.run();
    while (await changes.next()) await sync();
    doors.closeAll();
    await working;
  };
  return {
    ready: start,
    addressOf: (gateway, port) => doors.addressOf(gateway, port),
    closed: start.catch(() => undefined).then(run),
  };
};

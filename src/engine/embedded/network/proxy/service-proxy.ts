import type net from "node:net";
import type { Duplex } from "node:stream";
import type { KubeClient } from "../../../../k8s/client.ts";
import { startInformer } from "../../../../k8s/informer.ts";
import { type Clock, systemClock } from "../../../../lib/clock.ts";
import { messageOf } from "../../../../lib/errors.ts";
import { manyListeners } from "../../../../lib/many-listeners.ts";
import type { Log } from "../../controllers/context.ts";
import { createEventSource, type RecordEvent } from "../../controllers/events.ts";
import { couple, reset } from "../couple.ts";
import { noEndpoints } from "../dial.ts";
import { createPulse } from "../pulse.ts";
import { createBackends, type Dial } from "./backends.ts";
import { type Binding, bindingKey, bindingsOf, nameOf, unsupportedPorts } from "./bindings.ts";
import { ENDPOINT_SLICE, type EndpointSlice, protocolOf, SERVICE, type Service } from "./kinds.ts";
import { type Listening, listenOrElsewhere } from "./listen.ts";

export interface ServiceKey {
  readonly namespace: string;
  readonly name: string;
}

export interface ServiceProxyOptions {
  /** Its end closes the listeners and breaks the connections. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Opens a connection to an endpoint; it must allow half-open use. `dialTcp` is the plain way. */
  readonly dial: Dial;
  /** Where events go. Default: to the API server. */
  readonly events?: RecordEvent | undefined;
  /** Time of session affinity. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

export interface ServiceProxy {
  /** Resolves when everything that was there at the start is served; rejects when the signal ends it before. */
  readonly ready: Promise<void>;
  /** A connection to an endpoint of a service, past its listener. Rejects with `ENOENDPOINTS` when it has none. */
  dial(service: ServiceKey, port: number, client?: string): Promise<Duplex>;
  /** Where a port of a service is listened on; undefined when it is not. */
  addressOf(service: ServiceKey, port: number): { readonly address: string; readonly port: number } | undefined;
  /** Resolves when the signal has aborted and all listeners are closed. */
  readonly closed: Promise<void>;
}

interface Open {
  readonly binding: Binding;
  readonly listening: Listening;
}

/**
 * Serves the cluster addresses and node ports of all services of a cluster: one TCP listener per port, each connection
 * joined with a ready endpoint. A change of endpoints counts for the next connection and leaves those that are open.
 */
export const startServiceProxy = (client: KubeClient, options: ServiceProxyOptions): ServiceProxy => {
  const { signal, log, clock = systemClock } = options;
  const say = options.events ?? createEventSource({ client, clock, log }).from("service-proxy");
  manyListeners(signal);
  const backends = createBackends(options.dial, clock);
  const open = new Map<string, Open>();
  const sockets = new Set<net.Socket>();
  const changes = createPulse(signal);
  const services = startInformer(client, SERVICE, {
    signal,
    onChange: (before, after) => {
      backends.serviceChanged(before, after);
      if (after !== undefined) reportUnsupported(say, before, after);
      changes.beat();
    },
  });
  const slices = startInformer(client, ENDPOINT_SLICE, {
    signal,
    onChange: (before, after) =>
      backends.sliceChanged(before as EndpointSlice | undefined, after as EndpointSlice | undefined),
  });
  const find = (key: ServiceKey): Service | undefined => services.get(key);

  const dial = async (key: ServiceKey, port: number, source?: string): Promise<Duplex> => {
    const service = find(key);
    if (service === undefined) throw noEndpoints(`${key.namespace}/${key.name}`);
    return backends.dial(service, port, source);
  };
  const accept = (socket: net.Socket, { service: { metadata }, port }: Binding): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    dial({ namespace: metadata.namespace ?? "", name: metadata.name }, port.port, socket.remoteAddress).then(
      (upstream) => couple(socket, upstream),
      (error: unknown) => {
        log("debug", `service ${metadata.name}: ${messageOf(error)}`);
        reset(socket);
      },
    );
  };
  const openOne = async (key: string, binding: Binding): Promise<void> => {
    const wanted = { address: binding.address, port: binding.listenPort };
    try {
      const listening = await listenOrElsewhere(wanted, (socket) => accept(socket, binding));
      open.set(key, { binding, listening });
      if (listening.problem !== undefined) {
        const { address, port, problem } = listening;
        const text = `${wanted.address}:${wanted.port} cannot be listened on (${problem}); it is ${address}:${port} instead`;
        say(binding.service, "Warning", "PortNotBound", text);
      }
    } catch (error) {
      say(binding.service, "Warning", "PortNotBound", messageOf(error));
    }
  };
  const sync = async (): Promise<void> => {
    const wanted = new Map(
      services
        .list()
        .flatMap((object) => bindingsOf(object as Service).map((binding) => [bindingKey(binding), binding])),
    );
    for (const [key, { listening }] of open) {
      if (wanted.has(key)) continue;
      open.delete(key);
      // Ends the listening at once; connections that are open stay until they end by themselves.
      listening.server.close();
    }
    await Promise.all([...wanted].filter(([key]) => !open.has(key)).map(([key, binding]) => openOne(key, binding)));
  };
  const run = async (): Promise<void> => {
    while (await changes.next()) await sync();
    for (const socket of sockets) reset(socket);
    await Promise.all([...open.values()].map(({ listening }) => closeServer(listening.server)));
    open.clear();
  };
  const start = Promise.all([services.synced, slices.synced]).then(sync);
  // Whoever does not wait for it is not interested in its failure either.
  start.catch(() => undefined);
  return {
    ready: start,
    closed: start.catch(() => undefined).then(run),
    dial,
    addressOf: (key, port) => {
      const service = find(key);
      const binding = service && bindingsOf(service).find((one) => !one.nodePort && one.port.port === port);
      const found = binding && open.get(bindingKey(binding))?.listening;
      return found && { address: found.address, port: found.port };
    },
  };
};

const reportUnsupported = (say: RecordEvent, before: Service | undefined, after: Service): void => {
  const known = new Set(before === undefined ? [] : unsupportedPorts(before).map(({ port }) => port));
  for (const port of unsupportedPorts(after)) {
    if (known.has(port.port)) continue;
    const text = `port ${port.port}: ${protocolOf(port)} is not supported by this engine, only TCP is`;
    say(after, "Warning", "ProtocolNotSupported", `${nameOf(after)} ${text}`);
  }
};

const closeServer = (server: net.Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

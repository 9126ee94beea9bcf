import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { dialTcp } from "../../../../../src/engine/embedded/network/dial.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { connect } from "../../../../../src/k8s/connect.ts";
import { isConflict } from "../../../../../src/k8s/errors.ts";
import type { AnyObject, KubeObject } from "../../../../../src/k8s/types.ts";
import { type PollResult, poll } from "../../../../../src/lib/poll.ts";
import { startApiServer } from "../../../../helpers/api-server.ts";

export interface World {
  readonly client: KubeClient;
  stop(): Promise<void>;
}

export const startWorld = async (): Promise<World> => {
  const server = await startApiServer();
  const client = connect(server.endpoint);
  return {
    client,
    stop: async () => {
      client.close();
      await server.stop();
    },
  };
};

export const silent = (): void => undefined;

/** A loopback address that no other test uses at the moment: 127.210.x.y by process and count. */
let given = 0;
export const newAddress = (): string => {
  given++;
  return `127.${210 + (process.pid % 20)}.${(process.pid >> 5) % 250}.${1 + (given % 250)}`;
};

export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly connections: Set<net.Socket>;
  close(): Promise<void>;
}

const opened: (() => Promise<void>)[] = [];

export const closeBackends = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((close) => close()));
};

export const startTcp = (handler: (socket: net.Socket) => void, address = newAddress()): Promise<Backend> =>
  listening(net.createServer({ allowHalfOpen: true }, handler), address);

export const startHttp = (handler: http.RequestListener, address = newAddress()): Promise<Backend> =>
  listening(http.createServer(handler), address);

/** Any server on an address of its own. */
export const listening = async (server: net.Server, address = newAddress(), port = 0): Promise<Backend> => {
  const connections = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    connections.add(socket);
    socket.on("error", silent);
    socket.once("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of connections) socket.destroy();
    await closed;
  };
  opened.push(close);
  return { address, port: (server.address() as net.AddressInfo).port, connections, close };
};

/** A TCP server that says its name to everybody and then ends. */
export const greeter = (name: string): Promise<Backend> => startTcp((socket) => socket.end(name));

export const service = (name: string, spec: object): AnyObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default" },
  spec,
});

export interface EndpointSpec {
  readonly address: string;
  readonly conditions?: object;
}

/** A slice; its endpoints share a port. */
export const slice = (
  serviceName: string,
  port: number,
  endpoints: readonly EndpointSpec[],
  options: { readonly name?: string; readonly portName?: string } = {},
): AnyObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: options.name ?? `${serviceName}-1`,
    namespace: "default",
    labels: { "kubernetes.io/service-name": serviceName },
  },
  addressType: "IPv4",
  ports: [{ name: options.portName ?? "", port, protocol: "TCP" }],
  endpoints: endpoints.map(({ address, conditions = { ready: true } }) => ({
    addresses: [address.replace(/^127\./, "10.")],
    conditions,
  })),
});

/** Kubernetes takes no loopback addresses for endpoints, so the slices of these tests say 10 where 127 is meant. */
export const dialEndpoint = ({ address, port }: { address: string; port: number }): Promise<Duplex> =>
  dialTcp({ address: address.replace(/^10\./, "127."), port });

/** Creates or replaces as a whole, also what somebody else changes at the same time. */
export const put = async <T extends KubeObject>(client: KubeClient, object: T): Promise<T> => {
  const { apiVersion, kind, metadata } = object;
  const there = await client.get({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace });
  if (there === undefined) return client.create(object);
  const next = { ...object, metadata: { ...metadata, resourceVersion: there.metadata.resourceVersion } };
  try {
    return await client.replace(next);
  } catch (error) {
    if (!isConflict(error)) throw error;
    return put(client, object);
  }
};

export const eventually = <T>(what: string, attempt: () => Promise<T | undefined> | T | undefined): Promise<T> =>
  poll(
    async (): Promise<PollResult<T>> => {
      const value = await attempt();
      return value === undefined ? { done: false, missing: what } : { done: true, value };
    },
    { timeoutMs: 15_000, intervalMs: 10, maxIntervalMs: 100, what },
  );

/** Everything that a TCP server says until it ends; the code of the error when it breaks off. */
export const hear = async (address: string, port: number, send = ""): Promise<string> => {
  const socket = net.connect({ host: address, port });
  socket.end(send);
  return text(socket).catch((error: NodeJS.ErrnoException) => error.code ?? "?");
};

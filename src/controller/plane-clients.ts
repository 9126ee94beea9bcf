import { createHash } from "node:crypto";
import type { KubeClient } from "../k8s/client.ts";
import type { Endpoint, KubeObject } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import type { BuildPlane, DataPlane } from "../crds/types.ts";
import type { OpenWatch, WatchedKind } from "./caches.ts";
import type { Cache, Key, PlaneClients, PlaneWatch } from "./reconciler.ts";

export interface PlaneClientsOptions {
  readonly connect: (endpoint: Endpoint) => KubeClient;
  readonly openWatch: OpenWatch;
  /** Runs the reconciler of a kind for a key. */
  readonly wake: (kind: string, key: Key) => void;
}

/** The clients of all planes, with the way to end them. */
export interface OwnedPlaneClients extends PlaneClients {
  /** Ends the client and the watches of a plane whose resource is gone. */
  forget(plane: KubeObject): void;
  close(): void;
}

interface Connection {
  readonly credentialsHash: string;
  readonly generation: number;
  readonly client: KubeClient;
  readonly abort: AbortController;
  readonly watches: Map<
    string,
    { readonly watched: WatchedKind; readonly requeues: Map<string, PlaneWatch["requeue"]["keys"]> }
  >;
}

/**
 * One client per plane and credentials. When the credentials of a plane change, its old client is closed, its watches
 * end, and both are made anew by the next call.
 */
export const createPlaneClients = (options: PlaneClientsOptions): OwnedPlaneClients => {
  const connections = new Map<string, Connection>();

  const forget = (plane: KubeObject): void => {
    const id = idOf(plane);
    connections.get(id)?.abort.abort();
    connections.get(id)?.client.close();
    connections.delete(id);
  };

  const connectionOf = (plane: KubeObject): Connection => {
    const { generation = 0 } = plane.metadata;
    const current = connections.get(idOf(plane));
    // A run that started before a rotation holds the old resource: it must not bring the old credentials back.
    if (current !== undefined && generation <= current.generation) return current;
    const endpoint = endpointOf(plane);
    const credentialsHash = createHash("sha256").update(JSON.stringify(endpoint)).digest("hex");
    const next =
      current?.credentialsHash === credentialsHash
        ? { ...current, generation }
        : {
            credentialsHash,
            generation,
            client: options.connect(endpoint),
            abort: controllerOf(),
            watches: new Map(),
          };
    if (next.client !== current?.client) forget(plane);
    connections.set(idOf(plane), next);
    return next;
  };

  return {
    of: (plane) => connectionOf(plane).client,
    watch: (plane, watch) => openedWatch(connectionOf(plane), watch, options),
    forget,
    close: () => {
      for (const { abort, client } of connections.values()) {
        abort.abort();
        client.close();
      }
      connections.clear();
    },
  };
};

/** The shared watch of a type and selector; every kind that asks for it is woken. */
const openedWatch = (connection: Connection, watch: PlaneWatch, options: PlaneClientsOptions): Cache | undefined => {
  const { type, labelSelector, requeue } = watch;
  const id = JSON.stringify([type.apiVersion, type.kind, labelSelector]);
  let found = connection.watches.get(id);
  if (found === undefined) {
    const requeues = new Map<string, PlaneWatch["requeue"]["keys"]>();
    const watched = options.openWatch(connection.client, { ...type, labelSelector }, connection.abort.signal);
    watched.onChange(({ before, after }) => {
      const objects = [before, after].filter((object) => object !== undefined);
      for (const [kind, keysOf] of requeues) {
        for (const key of objects.flatMap(keysOf)) options.wake(kind, key);
      }
    });
    found = { watched, requeues };
    connection.watches.set(id, found);
  }
  found.requeues.set(requeue.kind, requeue.keys);
  return found.watched.isSynced() ? found.watched.cache : undefined;
};

/** Every watch of a plane listens to its end. */
const controllerOf = (): AbortController => {
  const abort = new AbortController();
  manyListeners(abort.signal);
  return abort;
};

/** A re-created resource of the same name is another plane. */
const idOf = ({ kind, metadata }: KubeObject): string =>
  metadata.uid ?? `${kind}/${metadata.namespace}/${metadata.name}`;

/** Where a DataPlane or BuildPlane is. Throws E_CONFIG that names the field which makes no sense. */
export const endpointOf = (plane: KubeObject): Endpoint => {
  const { credentials } = (plane as DataPlane | BuildPlane).spec.kubernetesCluster;
  const server = credentials.apiServerURL;
  if (!URL.canParse(server) || new URL(server).protocol !== "https:") {
    throw malformed(plane, "apiServerURL", "is not an https URL");
  }
  const pem = (field: "caCert" | "clientCert" | "clientKey"): string => {
    const text = Buffer.from(credentials[field], "base64").toString("utf8");
    if (!text.includes("-----BEGIN ")) throw malformed(plane, field, "is not a PEM text in base64");
    return text;
  };
  return { server, ca: pem("caCert"), clientCert: pem("clientCert"), clientKey: pem("clientKey") };
};

const malformed = ({ kind, metadata }: KubeObject, field: string, what: string): ChoreoError =>
  new ChoreoError("E_CONFIG", `${kind} ${metadata.name}: spec.kubernetesCluster.credentials.${field} ${what}`, {
    why: "the plane cannot be reached with it",
    fix: "choreo-dev up",
  });

import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { AnyObject } from "../../src/k8s/types.ts";
import type { Answer } from "./fake-apiserver.ts";

/** ConfigMaps of one namespace with versions and watches as the real server has them, and the ways in which watches fail. */
export interface FakeConfigMaps {
  readonly answer: Answer;
  put(name: string, data?: Record<string, string>): void;
  remove(name: string): void;
  /** Names and data as they are now. */
  state(): Record<string, unknown>;
  /** How many watches are open, those that hang included. */
  watches(): number;
  /** Forgets the versions so far: who asks from one of them gets `410 Gone`. */
  compact(): void;
  /** Tells all watches the current version. */
  bookmark(): void;
  /** Ends all watches as the server does after `timeoutSeconds`. */
  endWatches(): void;
  /** Breaks the connections of all watches. */
  cutWatches(): void;
  /** Breaks the connections of all watches in the middle of an event. */
  cutWatchesInLine(): void;
  /** All watches stay open and hear nothing any more. */
  freezeWatches(): void;
  /** Tells all watches `410 Gone` in the stream. */
  expireWatches(): void;
}

const NAMESPACE = "default";

interface LoggedEvent {
  readonly version: number;
  readonly line: string;
}

/** The event log and the streams that follow it. */
interface Store {
  readonly objects: Map<string, AnyObject>;
  readonly log: LoggedEvent[];
  readonly watches: Set<ServerResponse>;
  readonly frozen: WeakSet<ServerResponse>;
  version: number;
  compacted: number;
}

export const createFakeConfigMaps = (): FakeConfigMaps => {
  const store: Store = {
    objects: new Map(),
    log: [],
    watches: new Set(),
    frozen: new WeakSet(),
    version: 1,
    compacted: 0,
  };
  const live = (): ServerResponse[] =>
    [...store.watches].filter((watch) => !watch.writableEnded && !store.frozen.has(watch));
  const tell = (line: string): void => live().forEach((watch) => watch.write(line));
  const happen = (type: string, object: AnyObject): void => {
    const line = lineOf(type, object);
    store.log.push({ version: store.version, line });
    tell(line);
  };
  return {
    answer: (response, { query }) =>
      query.get("watch") === "true" ? watch(store, response, query) : list(store, response, query),
    put: (name, data = {}) => {
      const before = store.objects.get(name);
      const after = configMap(name, { uid: before?.metadata.uid ?? randomUUID(), version: ++store.version, data });
      store.objects.set(name, after);
      happen(before === undefined ? "ADDED" : "MODIFIED", after);
    },
    remove: (name) => {
      const object = store.objects.get(name);
      if (object === undefined) return;
      store.objects.delete(name);
      const resourceVersion = String(++store.version);
      happen("DELETED", { ...object, metadata: { ...object.metadata, resourceVersion } });
    },
    state: () => Object.fromEntries([...store.objects].map(([name, object]) => [name, object["data"]])),
    watches: () => store.watches.size,
    compact: () => void (store.compacted = ++store.version),
    bookmark: () => tell(lineOf("BOOKMARK", configMap("", { uid: "", version: store.version, data: {} }))),
    endWatches: () => live().forEach((watch) => watch.end()),
    cutWatches: () => store.watches.forEach((watch) => watch.socket?.destroy()),
    cutWatchesInLine: () => {
      tell('{"type":"MODIFIED","object":{"metadata":{"name":"half');
      // The bytes have to leave before the connection goes.
      setImmediate(() => store.watches.forEach((watch) => watch.socket?.destroy()));
    },
    freezeWatches: () => live().forEach((watch) => store.frozen.add(watch)),
    expireWatches: () => {
      tell(`${JSON.stringify({ type: "ERROR", object: gone() })}\n`);
      live().forEach((watch) => watch.end());
    },
  };
};

const list = (store: Store, response: ServerResponse, query: URLSearchParams): void => {
  const objects = [...store.objects.values()];
  const from = Number(query.get("continue") ?? 0);
  const to = from + Number(query.get("limit") ?? objects.length);
  // The real server leaves the types of items out.
  const items = objects.slice(from, to).map(({ apiVersion: _apiVersion, kind: _kind, ...item }) => item);
  const metadata = { resourceVersion: String(store.version), ...(to < objects.length ? { continue: String(to) } : {}) };
  response.writeHead(200).end(JSON.stringify({ kind: "ConfigMapList", metadata, items }));
};

const watch = (store: Store, response: ServerResponse, query: URLSearchParams): void => {
  const from = Number(query.get("resourceVersion"));
  if (from < store.compacted) return void response.writeHead(410).end(JSON.stringify(gone()));
  response.writeHead(200);
  response.flushHeaders();
  store.watches.add(response);
  response.once("close", () => store.watches.delete(response));
  for (const { version, line } of store.log) if (version > from) response.write(line);
};

const configMap = (
  name: string,
  { uid, version, data }: { readonly uid: string; readonly version: number; readonly data: Record<string, string> },
): AnyObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: NAMESPACE, uid, resourceVersion: String(version), managedFields: [{ manager: "test" }] },
  data,
});

const lineOf = (type: string, object: AnyObject): string => `${JSON.stringify({ type, object })}\n`;

const gone = (): unknown => ({ kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });

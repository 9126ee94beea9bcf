import type { IncomingMessage } from "node:http";
import type { ApplyOptions, CallOptions, KubeClient, ListOptions, WatchEvent, WatchOptions } from "./client.ts";
import { createDiscovery } from "./discovery.ts";
import { KubeError, isNotFound } from "./errors.ts";
import { type HttpRequest, type Transport, createTransport } from "./http.ts";
import type { AnyObject, Endpoint, KubeList, KubeObject, ObjectRef, TypeRef } from "./types.ts";

const PAGE = 500;
const FIELD_MANAGER = "choreo-dev";

/** A client of one API server. Cheap: the first socket is opened by the first call. */
export const connect = (endpoint: Endpoint): KubeClient => {
  const transport = createTransport(endpoint);
  const json = <T>(request: HttpRequest): Promise<T> => call<T>(transport, endpoint.server, request);
  const discovery = createDiscovery((path, options) => json({ method: "GET", path, ...options }));
  const at = async (ref: ObjectRef, options: CallOptions, subresource?: string): Promise<string> =>
    `${await discovery.collection(ref, ref.namespace, options)}/${encodeURIComponent(ref.name)}${subresource === undefined ? "" : `/${subresource}`}`;
  const refOf = (object: KubeObject): ObjectRef => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
  });
  return {
    server: endpoint.server,
    version: (options = {}) => json({ method: "GET", path: "/version", ...limits(options) }),
    ready: async (options = {}) => {
      try {
        return (
          (await transport.send({ method: "GET", path: "/readyz", ...limits({ timeoutMs: 3000, ...options }) }))
            .status === 200
        );
      } catch (error) {
        if (options.signal?.aborted === true) throw error;
        return false;
      }
    },
    hasKind: (type, options = {}) => discovery.has(type, options),
    get: async <T extends KubeObject>(ref: ObjectRef, options: CallOptions = {}) => {
      try {
        return await json<T>({ method: "GET", path: await at(ref, options), ...limits(options) });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: async <T extends KubeObject>(type: TypeRef, options: ListOptions = {}) => {
      const path = await discovery.collection(type, options.namespace, options);
      return listPages<T>(json, path, type, options);
    },
    create: async (object, options = {}) => {
      const path = await discovery.collection(object, object.metadata.namespace, options);
      const query = options.dryRun === true ? "?dryRun=All" : "";
      return json({ method: "POST", path: `${path}${query}`, body: object, ...limits(options) });
    },
    apply: async <T extends KubeObject>(object: T, options: ApplyOptions = {}) => {
      const path = await at(refOf(object), options, options.subresource);
      const query = new URLSearchParams({
        fieldManager: options.fieldManager ?? FIELD_MANAGER,
        force: String(options.force ?? true),
        ...(options.dryRun === true ? { dryRun: "All" } : {}),
      });
      const contentType = "application/apply-patch+yaml";
      return json<T>({
        method: "PATCH",
        path: `${path}?${query}`,
        body: forApply(object),
        contentType,
        ...limits(options),
      });
    },
    replace: async (object, options = {}) => {
      const path = await at(refOf(object), options, options.subresource);
      return json({ method: "PUT", path, body: object, ...limits(options) });
    },
    mergePatch: async (ref, patch, options = {}) => {
      const path = await at(ref, options, options.subresource);
      return json({
        method: "PATCH",
        path,
        body: patch,
        contentType: "application/merge-patch+json",
        ...limits(options),
      });
    },
    delete: async (ref, options = {}) => {
      const { propagation, uid, gracePeriodSeconds } = options;
      const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: propagation ?? "Background",
        ...(uid === undefined ? {} : { preconditions: { uid } }),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      };
      try {
        await json({ method: "DELETE", path: await at(ref, options), body, ...limits(options) });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    deleteCollection: async (type, options) => {
      const path = await discovery.collection(type, options.namespace, options);
      await json({ method: "DELETE", path: `${path}?${selectors(options)}`, ...limits(options) });
    },
    watch: (type, options) =>
      watch(transport, endpoint.server, () => discovery.collection(type, options.namespace, options), options),
    logs: async function* (pod, options = {}) {
      const query = new URLSearchParams();
      for (const [key, value] of Object.entries({
        container: options.container,
        tailLines: options.tailLines,
        sinceSeconds: options.sinceSeconds,
        previous: options.previous,
        timestamps: options.timestamps,
        follow: options.follow,
      })) {
        if (value !== undefined && value !== false) query.set(key, String(value));
      }
      const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log?${query}`;
      const response = await openOk(transport, endpoint.server, { method: "GET", path, signal: options.signal });
      response.setEncoding("utf8");
      try {
        for await (const chunk of response) yield chunk as string;
      } finally {
        response.destroy();
      }
    },
    raw: (path, options = {}) => transport.send({ method: "GET", path, ...limits(options) }),
    close: () => {
      transport.close();
    },
  };
};

const limits = ({ signal, timeoutMs }: CallOptions): CallOptions => ({ signal, timeoutMs });

const call = async <T>(transport: Transport, server: string, request: HttpRequest): Promise<T> => {
  const { status, body } = await transport.send(request);
  if (status >= 200 && status < 300) return JSON.parse(body) as T;
  throw refusal(server, request, status, body);
};

const refusal = (server: string, request: HttpRequest, status: number, body: string): KubeError => {
  let message = body.trim().slice(0, 500);
  let reason = "Unknown";
  try {
    const parsed = JSON.parse(body) as { message?: string; reason?: string };
    message = parsed.message ?? message;
    reason = parsed.reason ?? reason;
  } catch {
    // Not every answer is a Status object: proxies and /readyz speak plain text.
  }
  return new KubeError(message === "" ? `HTTP ${status}` : message, {
    status,
    reason,
    why: `${request.method} ${request.path.split("?")[0]} on ${server} answered ${status} ${reason}`,
  });
};

const listPages = async <T extends KubeObject>(
  json: <R>(request: HttpRequest) => Promise<R>,
  path: string,
  type: TypeRef,
  options: ListOptions,
): Promise<KubeList<T>> => {
  const items: T[] = [];
  let token: string | undefined;
  for (;;) {
    const query = selectors(options);
    query.set("limit", String(PAGE));
    if (token !== undefined) query.set("continue", token);
    const page = await json<{ items: T[] | null; metadata: { resourceVersion: string; continue?: string } }>({
      method: "GET",
      path: `${path}?${query}`,
      ...limits(options),
    });
    // Items of a list do not repeat their type.
    for (const item of page.items ?? []) items.push({ ...item, apiVersion: type.apiVersion, kind: type.kind });
    token = page.metadata.continue === "" ? undefined : page.metadata.continue;
    if (token === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
  }
};

const selectors = ({ labelSelector, fieldSelector }: ListOptions): URLSearchParams => {
  const query = new URLSearchParams();
  if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
  if (fieldSelector !== undefined) query.set("fieldSelector", fieldSelector);
  return query;
};

const forApply = (object: KubeObject): unknown => {
  const {
    managedFields: _m,
    resourceVersion: _r,
    uid: _u,
    creationTimestamp: _c,
    generation: _g,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
};

const openOk = async (transport: Transport, server: string, request: HttpRequest): Promise<IncomingMessage> => {
  const response = await transport.open(request);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  response.setEncoding("utf8");
  let body = "";
  for await (const chunk of response) body += chunk as string;
  throw refusal(server, request, status, body);
};

async function* watch(
  transport: Transport,
  server: string,
  collection: () => Promise<string>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const query = selectors(options);
  query.set("watch", "true");
  query.set("allowWatchBookmarks", "true");
  query.set("resourceVersion", options.resourceVersion);
  query.set("timeoutSeconds", String(options.timeoutSeconds));
  const response = await openOk(transport, server, {
    method: "GET",
    path: `${await collection()}?${query}`,
    signal: options.signal,
  });
  // A half-open connection looks like a quiet one: bookmarks come about once a minute, so silence means it is dead.
  response.setTimeout(options.idleTimeoutMs, () =>
    response.destroy(new Error(`nothing came for ${options.idleTimeoutMs / 1000} s`)),
  );
  response.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchEvent;
    }
  } catch (error) {
    if (options.signal?.aborted === true) return;
    throw new KubeError(`The watch on ${server} broke`, {
      status: 0,
      reason: "WatchBroken",
      why: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  } finally {
    response.destroy();
  }
}

export type { AnyObject };

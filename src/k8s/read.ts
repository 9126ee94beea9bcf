import { type Api, limitsOf } from "./api.ts";
import type { CallOptions, KubeClient, LogOptions } from "./client.ts";
import { messageOf } from "../lib/errors.ts";
import { KubeError, isNotFound } from "./errors.ts";
import { listAll } from "./list.ts";
import type { KubeObject, ObjectRef } from "./types.ts";
import { watchEvents } from "./watch.ts";

type ReadCalls = Pick<KubeClient, "version" | "ready" | "hasKind" | "get" | "list" | "watch" | "logs" | "raw">;

/** An API server that is not there yet must not hold up whoever asks again and again. */
const READY_TIMEOUT_MS = 3000;

/** The calls that change nothing. */
export const readCalls = (api: Api): ReadCalls => ({
  version: (options = {}) => api.json({ method: "GET", path: "/version", ...limitsOf(options) }),
  ready: (options = {}) => isReady(api, options),
  hasKind: (type, options = {}) => api.discovery.has(type, options),
  get: async <T extends KubeObject>(ref: ObjectRef, options: CallOptions = {}) => {
    try {
      const path = await api.discovery.object(ref, options);
      return await api.json<T>({ method: "GET", path, ...limitsOf(options) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  },
  list: (type, options = {}) => listAll(api, type, options),
  watch: (type, options) => watchEvents(api, type, options),
  logs: (pod, options = {}) => readLogs(api, pod, options),
  raw: (path, options = {}) => api.send({ method: "GET", path, ...limitsOf(options) }),
});

const isReady = async (api: Api, { signal, timeoutMs = READY_TIMEOUT_MS }: CallOptions): Promise<boolean> => {
  try {
    const { status } = await api.send({ method: "GET", path: "/readyz", signal, timeoutMs });
    return status === 200;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return false;
  }
};

async function* readLogs(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { signal, timeoutMs, ...settings }: LogOptions,
): AsyncGenerator<string> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(settings)) if (value !== undefined) query.set(key, String(value));
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log?${query}`;
  const response = await api.stream({ method: "GET", path, signal, timeoutMs });
  response.setEncoding("utf8");
  try {
    for await (const chunk of response) yield chunk as string;
  } catch (error) {
    signal?.throwIfAborted();
    throw new KubeError(`The log of ${namespace}/${name} was cut off`, {
      status: 0,
      reason: "Disconnected",
      why: messageOf(error),
      cause: error,
    });
  }
}

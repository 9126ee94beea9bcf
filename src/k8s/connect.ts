import { createApi } from "./api.ts";
import type { KubeClient } from "./client.ts";
import { type Transport, createTransport } from "./http.ts";
import { readCalls } from "./read.ts";
import type { Endpoint } from "./types.ts";
import { writeCalls } from "./write.ts";

/** A client of one API server. Cheap: the first socket is opened by the first call. */
export const connect = (endpoint: Endpoint): KubeClient => connectVia(endpoint.server, createTransport(endpoint));

/** A client over some other way to an API server. `server`: its address, for messages. */
export const connectVia = (server: string, transport: Transport): KubeClient => {
  const api = createApi(server, transport);
  return { server, ...readCalls(api), ...writeCalls(api), close: () => api.close() };
};

import { createApi } from "./api.ts";
import type { KubeClient } from "./client.ts";
import { readCalls } from "./read.ts";
import type { Endpoint } from "./types.ts";
import { writeCalls } from "./write.ts";

/** A client of one API server. Cheap: the first socket is opened by the first call. */
export const connect = (endpoint: Endpoint): KubeClient => {
  const api = createApi(endpoint);
  return { server: endpoint.server, ...readCalls(api), ...writeCalls(api), close: () => api.close() };
};

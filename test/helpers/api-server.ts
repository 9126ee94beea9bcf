import { startApiServer as startEmbedded } from "../../src/engine/embedded/api-server.ts";
import { makeCredentials } from "../../src/engine/embedded/certificates.ts";
import type { Endpoint } from "../../src/k8s/types.ts";
import { startKubeApiserver } from "./kube-apiserver.ts";

/** An API server for tests of its clients: everything allowed, empty but for what every cluster has. */
export interface TestApiServer {
  readonly endpoint: Endpoint;
  stop(): Promise<void>;
}

/** For tests that only care for the API, not for who serves it: ours, or with CHOREO_TEST_APISERVER=real a real one. */
export const startApiServer = async ({ podsNeedAccounts = false } = {}): Promise<TestApiServer> => {
  if (process.env["CHOREO_TEST_APISERVER"] === "real") return startKubeApiserver({ podsNeedAccounts });
  const server = await startEmbedded({
    store: { dir: undefined },
    credentials: makeCredentials("test", Date.now()),
    port: 0,
    serviceCIDR: "10.0.0.0/24",
    podsNeedAccounts,
  });
  return { endpoint: server.endpoint, stop: () => server.close() };
};

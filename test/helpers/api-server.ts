import type { Endpoint } from "../../src/k8s/types.ts";
import { startKubeApiserver } from "./kube-apiserver.ts";

/** An API server for tests of its clients: everything allowed, empty but for what every cluster has. */
export interface TestApiServer {
  readonly endpoint: Endpoint;
  stop(): Promise<void>;
}

/** For tests that only care for the API, not for who serves it. */
export const startApiServer = (): Promise<TestApiServer> => startKubeApiserver();

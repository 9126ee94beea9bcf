import { randomBytes } from "node:crypto";
import { onTestFinished } from "vitest";
import { type ManagerOptions, type RunningManager, startController } from "../../src/controller/manager.ts";
import type { ControllerSettings, Reconciler } from "../../src/controller/reconciler.ts";
import { hierarchyReconcilers } from "../../src/controller/reconcilers/index.ts";
import type { KubeClient } from "../../src/k8s/client.ts";
import { KubeError, isConflict, isNotFound } from "../../src/k8s/errors.ts";
import type { AnyObject, Condition, Endpoint } from "../../src/k8s/types.ts";

export interface TestController extends RunningManager {
  readonly errors: unknown[];
  readonly lines: string[];
}

export interface TestControllerOptions extends Partial<ManagerOptions> {
  /** Clients of planes by the server in their credentials; servers that are not named do not answer. */
  readonly planes?: Readonly<Record<string, KubeClient>>;
}

const SETTINGS: ControllerSettings = {
  ensureImage: async () => undefined,
  gatewayPort: () => 8443,
  secrets: { mode: "local", lookup: async () => undefined },
  pullRegistry: "choreo-registry:5000",
};

/** A controller that ends with the test. Default reconcilers: all that make no workload. */
export const runController = async (
  client: KubeClient,
  options: TestControllerOptions = {},
): Promise<TestController> => {
  const errors: unknown[] = [];
  const lines: string[] = [];
  const { planes = {}, ...rest } = options;
  const manager = startController({
    client,
    settings: SETTINGS,
    reconcilers: hierarchyReconcilers,
    signal: new AbortController().signal,
    onError: (error) => errors.push(error),
    log: (level, message) => lines.push(`${level} ${message}`),
    connect: (endpoint) => planes[endpoint.server] ?? deadClient(endpoint),
    ...rest,
  });
  onTestFinished(() => manager.stop());
  if (options.leaderElection === undefined) await manager.ready;
  return { ...manager, errors, lines };
};

/** Reconciler that only holds objects of a kind by a finalizer until `release` says that they may go. */
export const holdingReconciler = (kind: string, mayGo: () => boolean): Reconciler => ({
  kind,
  watches: [],
  reconcile: async (key, { cache, client }) => {
    const object = cache(kind).get(key);
    if (object === undefined) return { outcome: "done" };
    const { name, namespace, deletionTimestamp, finalizers = [], resourceVersion } = object.metadata;
    const ref = { apiVersion: object.apiVersion, kind, name, namespace };
    const wanted = deletionTimestamp === undefined ? ["test/hold"] : mayGo() ? [] : finalizers;
    if (wanted.length !== finalizers.length)
      await client.mergePatch(ref, { metadata: { resourceVersion, finalizers: wanted } });
    return { outcome: "again", afterMs: 50 };
  },
});

/** A client whose every call fails as one to a machine that is off. */
export const deadClient = ({ server }: Endpoint): KubeClient => {
  const fail = async (): Promise<never> => {
    throw new KubeError(`${server} does not answer`, { status: 0, reason: "Unreachable" });
  };
  return {
    server,
    version: fail,
    ready: async () => false,
    hasKind: fail,
    get: fail,
    list: fail,
    create: fail,
    apply: fail,
    replace: fail,
    mergePatch: fail,
    delete: fail,
    deleteCollection: fail,
    // oxlint-disable-next-line require-yield -- a watch that breaks before its first event
    watch: async function* () {
      await fail();
    },
    // oxlint-disable-next-line require-yield -- as above
    logs: async function* () {
      await fail();
    },
    raw: fail,
    close: () => undefined,
  };
};

/** Applies objects in the given order, each as soon as its namespace is there. */
export const applyAll = async (client: KubeClient, objects: readonly AnyObject[]): Promise<void> => {
  for (const object of objects) {
    for (let tries = 0; ; tries++) {
      try {
        await client.apply(object);
        break;
      } catch (error) {
        if (!(isNotFound(error) || isConflict(error)) || tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
};

/** `True`, `False: reason: message`, or `absent`. */
export const conditionOf = (object: AnyObject | undefined, type: string): string => {
  const conditions = (object?.["status"] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
  const found = conditions.find((condition) => condition.type === type);
  if (found === undefined) return "absent";
  return found.status === "True" ? "True" : `${found.status}: ${found.reason}: ${found.message}`;
};

export const randomName = (prefix: string): string => `${prefix}-${randomBytes(3).toString("hex")}`;

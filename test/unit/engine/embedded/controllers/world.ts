import { startClusterControllers } from "../../../../../src/engine/embedded/controllers/start.ts";
import type { ClusterControllers } from "../../../../../src/engine/embedded/controllers/start.ts";
import { timestamp } from "../../../../../src/engine/embedded/controllers/status.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { connect } from "../../../../../src/k8s/connect.ts";
import { startInformer } from "../../../../../src/k8s/informer.ts";
import type { Endpoint, KubeObject, TypeRef } from "../../../../../src/k8s/types.ts";
import { type Clock, systemClock } from "../../../../../src/lib/clock.ts";
import { poll } from "../../../../../src/lib/poll.ts";
import { startApiServer } from "../../../../helpers/api-server.ts";

/** Whatever the server sends: tests look into it as they need. */
export type Loose = ReturnType<typeof JSON.parse>;

export interface World {
  readonly client: KubeClient;
  readonly endpoint: Endpoint;
  readonly logs: string[];
  start(options?: { clock?: Clock }): Promise<ClusterControllers>;
  /** The ones that run now. */
  stopControllers(): Promise<void>;
  namespace(): Promise<string>;
  stop(): Promise<void>;
}

/** An API server without anything but what the test starts. */
export const openWorld = async (): Promise<World> => {
  const server = await startApiServer();
  const client = connect(server.endpoint);
  const abort = new AbortController();
  const running = new Set<ClusterControllers>();
  const logs: string[] = [];
  let count = 0;
  return {
    client,
    endpoint: server.endpoint,
    logs,
    start: async ({ clock } = {}) => {
      const controllers = startClusterControllers(client, {
        signal: abort.signal,
        ...(clock === undefined ? {} : { clock }),
        log: (level, message, fields) => {
          if (level !== "debug") logs.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
        },
        nodeName: "choreo-local",
        rootCA: "-----BEGIN CERTIFICATE-----\ntest\n-----END CERTIFICATE-----\n",
        finalize: async (namespace) => {
          await client.replace(namespace, { subresource: "finalize" });
        },
      });
      running.add(controllers);
      await controllers.ready;
      return controllers;
    },
    stopControllers: async () => {
      await Promise.all([...running].map((controllers) => controllers.stop()));
      running.clear();
    },
    namespace: async () => {
      const name = `test-${++count}`;
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      return name;
    },
    stop: async () => {
      abort.abort();
      await Promise.all([...running].map((controllers) => controllers.stop()));
      client.close();
      await server.stop();
    },
  };
};

/** PUT on the subresource that a KubeClient has no call for. */
export type Fate = "ready" | "unready" | "succeed" | "fail" | "wait";

export interface FakeKubelet {
  /** Every state of every pod, in the order of the server. */
  readonly seen: { readonly before: Loose; readonly after: Loose }[];
  stop(): void;
}

export interface FakeKubeletOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly fate?: (pod: Loose) => Fate;
  /** Whose time stamps it gives. Default the machine's. */
  readonly clock?: Clock;
  readonly onChange?: (before: Loose, after: Loose) => void;
}

/** Gives the pods of a namespace their fate and ends those that are to go; it runs nothing. */
export const startFakeKubelet = (options: FakeKubeletOptions): FakeKubelet => {
  const { client, namespace, fate = () => "ready", clock = systemClock, onChange = () => undefined } = options;
  const abort = new AbortController();
  const seen: { before: Loose; after: Loose }[] = [];
  let addresses = 0;
  const act = async (pod: Loose): Promise<void> => {
    const ref = { apiVersion: "v1", kind: "Pod", name: pod.metadata.name, namespace };
    try {
      if (pod.metadata.deletionTimestamp !== undefined) {
        await client.delete(ref, { gracePeriodSeconds: 0, uid: pod.metadata.uid });
        return;
      }
      const now = timestamp(clock.now());
      const status = statusOf(fate(pod), pod, now, () => `10.9.${(addresses >> 8) & 255}.${addresses++ & 255}`);
      if (status !== undefined) await client.mergePatch(ref, { status }, { subresource: "status" });
    } catch {
      // Gone or changed meanwhile: the next change of the pod comes here again.
    }
  };
  startInformer(
    client,
    { apiVersion: "v1", kind: "Pod" },
    {
      namespace,
      signal: abort.signal,
      onChange: (before, after) => {
        seen.push({ before, after });
        onChange(before, after);
        if (after !== undefined) void act(after);
      },
    },
  );
  return { seen, stop: () => abort.abort() };
};

const statusOf = (fate: Fate, pod: Loose, now: string, address: () => string): object | undefined => {
  const phases = {
    ready: "Running",
    unready: "Running",
    succeed: "Succeeded",
    fail: "Failed",
    wait: "Pending",
  } as const;
  const phase = phases[fate];
  const isReady = fate === "ready";
  const before = (pod.status.conditions ?? []).find(({ type }: Loose) => type === "Ready");
  const ready = isReady ? "True" : "False";
  if (fate === "wait" || (pod.status.phase === phase && before?.status === ready)) return undefined;
  if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") return undefined;
  const terminated = { terminated: { exitCode: fate === "fail" ? 1 : 0, finishedAt: now, startedAt: now } };
  const state = phase === "Running" ? { running: { startedAt: now } } : terminated;
  const podIP = pod.status.podIP ?? address();
  return {
    phase,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [
      ...(pod.status.conditions ?? []).filter(({ type }: Loose) => type !== "Ready"),
      { type: "Ready", status: ready, lastTransitionTime: now },
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }: Loose) => ({
      ...{ name, image, imageID: "", ready: isReady, restartCount: 0, state },
    })),
  };
};

/** Waits until the check is true of the object as it is now. */
export const untilObject = <T extends KubeObject = Loose>(
  client: KubeClient,
  type: TypeRef,
  { namespace, name }: { readonly namespace?: string; readonly name: string },
  check: (object: Loose) => boolean | undefined,
): Promise<T> =>
  poll<T>(
    async () => {
      const object = await client.get({ ...type, name, namespace });
      return check(object) === true
        ? { done: true, value: object as unknown as T }
        : { done: false, missing: JSON.stringify(object) };
    },
    { what: `${type.kind} ${name}`, timeoutMs: 25_000, intervalMs: 20, maxIntervalMs: 200 },
  );

/** Waits until a check of anything is true. */
export const until = async (
  what: string,
  check: () => Promise<boolean> | boolean,
  timeoutMs = 25_000,
): Promise<void> => {
  await poll<void>(
    async () => ((await check()) ? { done: true, value: undefined } : { done: false, missing: "it is not so yet" }),
    { what, timeoutMs, intervalMs: 20, maxIntervalMs: 200 },
  );
};

export const podTemplate = (app: string, more: Loose = {}): Loose => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "main", image: "busybox", ...more }] },
});

export const deploymentOf = (namespace: string, name: string, spec: Loose = {}): Loose => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: name } }, template: podTemplate(name), ...spec },
});

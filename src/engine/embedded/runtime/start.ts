import { mkdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeClient } from "../../../k8s/client.ts";
import { startInformer } from "../../../k8s/informer.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { messageOf } from "../../../lib/errors.ts";
import { manyListeners } from "../../../lib/many-listeners.ts";
import type { Kubelet, PodKey } from "../api/kubelet.ts";
import type { Log } from "../controllers/context.ts";
import { createEventSource } from "../controllers/events.ts";
import { createAllocator } from "../network/allocator.ts";
import { dialTcp } from "../network/dial.ts";
import { createDockerNode, removeLeftContainers } from "./docker/docker-node.ts";
import { hostEnv } from "./env/host-env.ts";
import type { PodFunction, ResolveOptions } from "./image/resolve.ts";
import { createKubelet } from "./kubelet.ts";
import { createLogStore } from "./logs/log-store.ts";
import { type NodeContext, RESTART_PROFILES, type RestartProfile } from "./node.ts";
import { createPortMap } from "./ports.ts";
import { probeIsolation } from "./process/isolation.ts";
import { type Keeper, startKeeper } from "./process/keeper.ts";
import { openPipeMaker } from "./process/pipes.ts";
import { openProcessTable } from "./process/table.ts";
import { startSources } from "./sources.ts";
import { createTurns } from "../../../lib/turns.ts";
import { POD, type Pod, asPod } from "./types.ts";
import type { ServiceAccountTokenRequest } from "./volumes/contents.ts";
import { type PodWorker, startWorker } from "./worker.ts";

export interface RuntimeOptions {
  /** For the files of pods, their logs, and what is remembered of their processes. Made if missing. */
  readonly dir: string;
  readonly nodeName: string;
  /** Loopback range that the pods' addresses are from. */
  readonly podCIDR: string;
  readonly log: Log;
  readonly clock?: Clock;
  readonly profile?: RestartProfile;
  /** What runs for an image, before anything else is looked at. */
  readonly resolve?: ResolveOptions["resolve"];
  readonly functions?: ReadonlyMap<string, PodFunction>;
  /** Where programs reach the API server, past its service. */
  readonly api?: { readonly host: string; readonly port: number };
  /** Whether images are run with Docker, where it is there and nothing else is known of a container. Default: no. */
  readonly runsImages?: boolean;
  readonly token?: (request: ServiceAccountTokenRequest) => Promise<string>;
}

export interface Runtime {
  readonly kubelet: Kubelet;
  /** A connection to a port of the pod with this address, or to wherever else it is. */
  dial(address: string, port: number): Promise<Duplex>;
  /** Ports below this one cannot be listened on by this user. */
  readonly firstPort: number;
  /** Names that every pod knows from now on, with their addresses. */
  setNames(names: ReadonlyMap<string, string>): void;
  /** Ends all processes and resolves when they are gone; the pods stay as they are in the API. */
  stop(): Promise<void>;
}

/** Starting programs keeps the processors busy, and the event loop from answering: not more at once than there are. */
const STARTS_AT_ONCE = Math.max(2, os.availableParallelism());
/** Most of what a program does first is over after this. */
const START_MS = 60;
/** Every pod has a file of names, and every new service is news to all of them. */
const NAMES_EVERY_MS = 500;
const NAMES_EVERY_MS_PER_POD = 20;

/**
 * Runs the pods of one node as processes of this machine. What an earlier life of the same folder left running is killed
 * first; when this process dies, however, its keeper kills what it has started.
 */
export const startRuntime = async (client: KubeClient, options: RuntimeOptions): Promise<Runtime> => {
  const { dir, nodeName, podCIDR, log, clock = systemClock } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const table = await openProcessTable(dir);
  const left = await table.killAll();
  if (left > 0) log("info", `${left} processes of an earlier life were killed`);
  await removeLeftContainers(dir, process.env).catch((error: unknown) =>
    log("warn", `containers of an earlier life may be left: ${messageOf(error)}`),
  );
  let keeper: Keeper | undefined;
  const ending = new AbortController();
  const signal = manyListeners(ending.signal);
  const addresses = createAllocator(podCIDR);
  const isolation = await probeIsolation(dir, addresses.next());
  const sources = startSources(client, signal);
  const events = createEventSource({ client, clock, log });
  const workers = new Map<string, PodWorker>();
  let names: ReadonlyMap<string, string> = new Map();
  const node: NodeContext = {
    client,
    clock,
    log,
    signal,
    dir,
    hostIP: "127.0.0.1",
    clusterDomain: "cluster.local",
    nameserver: undefined,
    isolation,
    table,
    keeper: () => (keeper = keeper?.alive === true ? keeper : startKeeper(dir, table.id)),
    pipes: await openPipeMaker(path.join(dir, "pipes")),
    ports: createPortMap(isolation.firstPort),
    logs: createLogStore(path.join(dir, "logs"), () => clock.now()),
    sources,
    names: () => names,
    say: events.from("kubelet"),
    profile: options.profile ?? RESTART_PROFILES.fast,
    hostEnv: hostEnv(process.env),
    resolve: {
      resolve: options.resolve,
      functions: options.functions,
      docker: options.runsImages === true ? createDockerNode(dir, table.id, process.env) : undefined,
    },
    functions: options.functions ?? new Map(),
    allowHostPath: () => true,
    api: options.api,
    token: options.token,
    displace: (pod) => displace(node, workers, pod),
    inTurn: pacedTurns(),
  };
  await sources.synced;
  const pause = (): number => Math.max(NAMES_EVERY_MS, workers.size * NAMES_EVERY_MS_PER_POD);
  const namesChanged = atMostEvery(pause, () => {
    for (const worker of workers.values()) worker.namesChanged();
  });
  sources.onChange((change) => {
    if (change.kind === "Service") namesChanged();
    else for (const worker of workers.values()) worker.sourceChanged(change);
  });
  const take = (pod: Pod): void => {
    const uid = pod.metadata.uid ?? "";
    const known = workers.get(uid);
    if (known !== undefined) return known.update(pod);
    const podIP = isolation.addresses ? addresses.next() : "127.0.0.1";
    const worker = startWorker(node, pod, podIP);
    workers.set(uid, worker);
    void worker.done.then(() => {
      workers.delete(uid);
      addresses.release(podIP);
    });
  };
  const pods = startInformer(client, POD, {
    signal,
    onChange: (before, after) => {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid)
        workers.get(before.metadata.uid ?? "")?.gone();
      if (after !== undefined && asPod(after).spec.nodeName === nodeName) take(asPod(after));
    },
  });
  await pods.synced;
  const find = ({ namespace, name }: PodKey): PodWorker | undefined =>
    [...workers.values()].find((worker) => {
      const { metadata } = worker.pod();
      return metadata.name === name && metadata.namespace === namespace;
    });
  const kubelet = createKubelet(node, find);
  return {
    kubelet,
    dial: async (address, port) => {
      const worker = [...workers.values()].find(({ podIP }) => podIP === address);
      if (worker === undefined) return dialTcp({ address, port });
      const { name, namespace = "" } = worker.pod().metadata;
      return kubelet.dial({ name, namespace }, port);
    },
    firstPort: isolation.firstPort,
    setNames: (next) => {
      names = next;
      namesChanged();
    },
    stop: async () => {
      ending.abort(new Error("the runtime was stopped"));
      await Promise.all([...workers.values()].map(({ done }) => done));
      await table.killAll();
      await events.flushed();
      await keeper?.dismiss();
    },
  };
};

/** Turns that last a little longer than the work. */
const pacedTurns = (): NodeContext["inTurn"] => {
  const inTurn = createTurns(STARTS_AT_ONCE);
  return (work) =>
    new Promise((resolve, reject) => {
      void inTurn(async () => {
        await work().then(resolve, reject);
        await delay(START_MS);
      });
    });
};

/** Runs the work soon after it is asked for; what is asked for meanwhile is done together, at most so often. */
const atMostEvery = (ms: () => number, work: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  let lastMs = 0;
  return () => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        lastMs = performance.now();
        work();
      },
      Math.max(0, lastMs + ms() - performance.now()),
    ).unref();
  };
};

/** Stops an older pod of the same workload that has one of the pod's ports for the whole machine. */
const displace = async (node: NodeContext, workers: ReadonlyMap<string, PodWorker>, pod: Pod): Promise<void> => {
  const ports = pod.spec.containers.flatMap((container) =>
    (container.ports ?? []).map(({ containerPort }) => containerPort),
  );
  const holders = new Set(ports.flatMap((port) => node.ports.holder(port) ?? []));
  for (const uid of holders) {
    const holder = workers.get(uid);
    if (holder === undefined || uid === pod.metadata.uid || !isPredecessor(holder.pod(), pod)) continue;
    await holder.park();
    node.ports.release(uid);
    void workers.get(pod.metadata.uid ?? "")?.done.then(() => holder.unpark());
  }
};

/** Of the same workload: the same labels but for the revision. */
const isPredecessor = (older: Pod, newer: Pod): boolean => {
  const without = ({ metadata }: Pod): string =>
    JSON.stringify(
      Object.entries({ ...metadata.labels })
        .filter(([name]) => name !== "pod-template-hash" && name !== "controller-revision-hash")
        .toSorted(([a], [b]) => a.localeCompare(b)),
    );
  return older.metadata.namespace === newer.metadata.namespace && without(older) === without(newer);
};

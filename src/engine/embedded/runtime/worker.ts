import { rm } from "node:fs/promises";
import path from "node:path";
import { linkAbort } from "../../../lib/deadline.ts";
import { messageOf } from "../../../lib/errors.ts";
import { manyListeners } from "../../../lib/many-listeners.ts";
import { deferred } from "../../../lib/deferred.ts";
import { createGate } from "./gate.ts";
import { updateHosts } from "./names.ts";
import type { NodeContext } from "./node.ts";
import { runContainers, stopContainers } from "./pod-containers.ts";
import type { ContainerRecord, PodContext } from "./pod-context.ts";
import { createPodVolumes } from "./pod-volumes.ts";
import { type Publisher, createPublisher } from "./publisher.ts";
import { finishedRecords, recordsOf } from "./records.ts";
import type { SourceChange } from "./sources.ts";
import { type PodFailure, podStatus } from "./status.ts";
import type { Pod } from "./types.ts";

/** One pod of this node, from its arrival to the last of its processes. */
export interface PodWorker {
  readonly uid: string;
  readonly podIP: string;
  pod(): Pod;
  record(container: string): ContainerRecord | undefined;
  /** The pod as it is now in the API. */
  update(pod: Pod): void;
  /** It is gone from the API: everything of it ends at once. */
  gone(): void;
  sourceChanged(change: SourceChange): void;
  /** The names of other things than services changed. */
  namesChanged(): void;
  /** Stops its containers and keeps them from starting, until `unpark`: a successor needs its ports. */
  park(): Promise<void>;
  unpark(): void;
  /** Resolves when nothing of it is left on this machine. */
  readonly done: Promise<void>;
}

/** With this process all others end, politely if they are quick. */
const STOP_MS = 1500;

const DEADLINE_EXCEEDED: PodFailure = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

export const startWorker = (node: NodeContext, arrived: Pod, podIP: string): PodWorker => {
  const uid = arrived.metadata.uid ?? "";
  const dir = path.join(node.dir, "pods", uid);
  const isFinished = ["Succeeded", "Failed"].includes(arrived.status?.phase ?? "");
  const startedMs = node.clock.now();
  const records = isFinished ? finishedRecords(arrived) : recordsOf(arrived, startedMs);
  const volumes = createPodVolumes();
  const ground = createGate();
  const ending = new AbortController();
  const killing = new AbortController();
  const unlink = linkAbort(node.signal, ending);
  manyListeners(ending.signal);
  manyListeners(killing.signal);
  const deleted = deferred();
  let pod = arrived;
  let inApi = true;
  let over = isFinished;
  let failure: PodFailure | undefined;
  let wake: () => void = () => undefined;
  let stopping: Promise<void> | undefined;

  const adopt = (next: Pod): void => {
    if (next.metadata.uid === uid && revisionOf(next) >= revisionOf(pod)) pod = next;
  };
  const publisher: Publisher = createPublisher({
    client: node.client,
    log: node.log,
    pod: () => (inApi && !node.signal.aborted ? pod : undefined),
    statusOf: (now) =>
      podStatus({
        ...{ pod: now, podIP, hostIP: node.hostIP, records, startedMs, failure, over },
        prepared: volumes.areReady(),
        nowMs: node.clock.now(),
      }),
    onWritten: adopt,
  });
  const pids = (): Promise<readonly number[]> => node.table.marked(`${node.table.id}:${uid}:`);
  const context: PodContext = {
    ...{ node, uid, podIP, dir, records },
    pod: () => pod,
    volumes: () => volumes.folders(),
    ending: ending.signal,
    publish: () => publisher.publish(),
    say: (type, reason, message) => node.say(pod, type, reason, message),
    nextTry: (ms) =>
      new Promise((resolve) => {
        wake = resolve;
        void node.clock.sleep(ms, ending.signal).then(resolve, resolve);
      }),
    dial: (port) => node.ports.dial({ uid, podIP, pids }, port),
    unparked: () => ground.passed(),
  };

  const graceMs = (): number =>
    1000 * (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
  const end = (grace: number): Promise<void> => {
    ending.abort(new Error("the pod ends"));
    wake();
    ground.open();
    return (stopping ??= stopContainers(context, grace, killing.signal));
  };
  const live = async (): Promise<void> => {
    if (!isFinished) {
      context.publish();
      await volumes.prepare(context);
      context.publish();
      await runContainers(context);
      // Main containers are over, or the pod is to end: nothing of it stays.
      await end(graceMs());
      if (!node.signal.aborted) over = true;
      context.publish();
      await publisher.flushed();
    }
    node.ports.release(uid);
    if (!node.signal.aborted) await deleted.promise;
    if (!node.signal.aborted) await removePod(context, inApi);
    unlink();
  };

  node.signal.addEventListener(
    "abort",
    () => {
      void end(Math.min(graceMs(), STOP_MS));
      deleted.resolve();
    },
    { once: true },
  );
  if (!isFinished)
    void untilDeadline(context, startedMs).then(() => {
      if (ending.signal.aborted) return;
      failure = DEADLINE_EXCEEDED;
      void end(graceMs());
    });

  const update = (next: Pod): void => {
    adopt(next);
    if (!isDeleting(next)) return;
    if (next.metadata.deletionGracePeriodSeconds === 0) killing.abort();
    void end(graceMs());
    deleted.resolve();
  };
  const done = live().catch((error: unknown) => node.log("error", `pod ${pod.metadata.name}: ${messageOf(error)}`));
  if (isDeleting(arrived)) update(arrived);
  return {
    ...{ uid, podIP, update, done },
    pod: () => pod,
    record: (name) => records.find(({ container }) => container.name === name),
    gone: () => {
      inApi = false;
      killing.abort();
      void end(0);
      deleted.resolve();
    },
    sourceChanged: (change) => {
      if (over || change.namespace !== pod.metadata.namespace) return;
      wake();
      volumes.refresh(context, change);
    },
    namesChanged: () => {
      if (volumes.areReady() && !over) void updateHosts(context).catch(() => undefined);
    },
    park: async () => {
      if (ground.isClosed()) return;
      ground.close();
      await stopContainers(context, graceMs(), killing.signal);
    },
    unpark: () => ground.open(),
  };
};

/** Resolves when the pod has been active for as long as it may; never where it may for ever. */
const untilDeadline = async ({ node, pod, ending }: PodContext, startedMs: number): Promise<void> => {
  const { spec, status } = pod();
  if (spec.activeDeadlineSeconds === undefined) return new Promise(() => undefined);
  const sinceStart = status?.startTime === undefined ? 0 : startedMs - Date.parse(status.startTime);
  const leftMs = Math.max(0, spec.activeDeadlineSeconds * 1000 - sinceStart);
  await node.clock.sleep(leftMs, ending).catch(() => undefined);
};

/** Takes the pod out of the API, where it still is, and everything of it from the disk. */
const removePod = async ({ node, uid, dir, pod }: PodContext, inApi: boolean): Promise<void> => {
  const { name, namespace } = pod().metadata;
  if (inApi) {
    const ref = { apiVersion: "v1", kind: "Pod", name, namespace };
    await node.client.delete(ref, { uid, gracePeriodSeconds: 0 }).catch((error: unknown) => {
      node.log("warn", `pod ${name} was not deleted: ${messageOf(error)}`);
    });
  }
  await rm(dir, { recursive: true, force: true });
  await node.logs.remove(uid);
};

const isDeleting = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

const revisionOf = ({ metadata }: Pod): number => Number(metadata.resourceVersion ?? 0);

import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../../lib/errors.ts";
import { linkAbort } from "../../../lib/deadline.ts";
import { manyListeners } from "../../../lib/many-listeners.ts";
import { stopContainer, superviseContainer } from "./container.ts";
import { updateHosts } from "./names.ts";
import type { NodeContext } from "./node.ts";
import type { ContainerRecord, PodContext } from "./pod-context.ts";
import { createPublisher } from "./publisher.ts";
import { finishedRecords, recordsOf } from "./records.ts";
import type { SourceChange } from "./sources.ts";
import { podStatus } from "./status.ts";
import type { Pod } from "./types.ts";
import { type VolumeFolders, prepareVolumes, usesSource } from "./volumes/volumes.ts";

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

const RETRY_MS = 2000;
const STOP_MS = 1500;

export const startWorker = (node: NodeContext, arrived: Pod, podIP: string): PodWorker => {
  const uid = arrived.metadata.uid ?? "";
  const dir = path.join(node.dir, "pods", uid);
  const startedMs = node.clock.now();
  const isFinished = ["Succeeded", "Failed"].includes(arrived.status?.phase ?? "");
  const records = isFinished ? finishedRecords(arrived) : recordsOf(arrived, node.clock.now());
  const ending = new AbortController();
  const killing = new AbortController();
  const unlink = linkAbort(node.signal, ending);
  manyListeners(ending.signal);
  manyListeners(killing.signal);
  let pod = arrived;
  let inApi = true;
  let volumes: VolumeFolders = new Map();
  let prepared = false;
  let over = isFinished;
  let failure: { reason: string; message: string } | undefined;
  let wake: () => void = () => undefined;
  let parked: Promise<void> | undefined;
  let unpark: () => void = () => undefined;

  const publisher = createPublisher({
    client: node.client,
    log: node.log,
    pod: () => (inApi && !node.signal.aborted ? pod : undefined),
    statusOf: (now) =>
      podStatus({
        pod: now,
        podIP,
        hostIP: node.hostIP,
        records,
        prepared,
        startedMs,
        nowMs: node.clock.now(),
        failure,
        over,
      }),
    onWritten: (written) => adopt(written),
  });
  const adopt = (next: Pod): void => {
    if (next.metadata.uid === uid && revisionOf(next) >= revisionOf(pod)) pod = next;
  };
  const pids = (): Promise<readonly number[]> => node.table.marked(`${node.table.id}:${uid}:`);
  const context: PodContext = {
    node,
    uid,
    podIP,
    dir,
    records,
    pod: () => pod,
    volumes: () => volumes,
    ending: ending.signal,
    publish: () => publisher.publish(),
    say: (type, reason, message) => node.say(pod, type, reason, message),
    nextTry: (ms) =>
      new Promise((resolve) => {
        wake = resolve;
        void node.clock.sleep(ms, ending.signal).then(resolve, resolve);
      }),
    dial: (port) => node.ports.dial({ uid, podIP, pids }, port),
    unparked: () => parked ?? Promise.resolve(),
  };

  const prepare = async (): Promise<void> => {
    await mkdir(dir, { recursive: true, mode: 0o755 });
    while (!ending.signal.aborted) {
      try {
        volumes = await prepareVolumes(volumeOptions());
        prepared = true;
        return;
      } catch (error) {
        context.say("Warning", "FailedMount", `MountVolume.SetUp failed: ${messageOf(error)}`);
        context.publish();
        await context.nextTry(RETRY_MS);
      }
    }
  };
  const volumeOptions = (): Parameters<typeof prepareVolumes>[0] => ({
    pod,
    facts: { podIP, hostIP: node.hostIP },
    sources: node.sources,
    token: node.token,
    dir,
    allowHostPath: node.allowHostPath,
  });

  const run = async (): Promise<void> => {
    context.publish();
    await prepare();
    context.publish();
    const sidecars: Promise<void>[] = [];
    for (const record of records.filter(({ role }) => role !== "main")) {
      if (ending.signal.aborted || failure !== undefined) break;
      const work = superviseContainer(context, record);
      if (record.role === "sidecar") sidecars.push(work);
      else await work;
      if (record.role === "init" && record.state.terminated?.exitCode !== 0) return;
    }
    if (ending.signal.aborted) return;
    await node.displace(pod);
    await Promise.all(
      records.filter(({ role }) => role === "main").map((record) => superviseContainer(context, record)),
    );
  };
  const stopAll = async (graceMs: number): Promise<void> => {
    const stop = (record: ContainerRecord): Promise<void> => stopContainer(context, record, graceMs, killing.signal);
    await Promise.all(records.filter(({ role }) => role !== "sidecar").map(stop));
    for (const record of records.filter(({ role }) => role === "sidecar").toReversed()) await stop(record);
  };
  const graceMs = (): number =>
    1000 * (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);

  // With this process all others end, politely if they are quick.
  node.signal.addEventListener("abort", () => void end(Math.min(graceMs(), STOP_MS)), { once: true });

  let stopping: Promise<void> | undefined;
  const end = (grace: number): Promise<void> => {
    ending.abort(new Error("the pod ends"));
    wake();
    unpark();
    return (stopping ??= stopAll(grace));
  };
  const deadlineSeconds = isFinished ? undefined : arrived.spec.activeDeadlineSeconds;
  if (deadlineSeconds !== undefined) {
    const sinceStart = arrived.status?.startTime === undefined ? 0 : startedMs - Date.parse(arrived.status.startTime);
    void node.clock.sleep(Math.max(0, deadlineSeconds * 1000 - sinceStart), ending.signal).then(
      () => {
        failure = {
          reason: "DeadlineExceeded",
          message: "Pod was active on the node longer than the specified deadline",
        };
        return end(graceMs());
      },
      () => undefined,
    );
  }

  const live = async (): Promise<void> => {
    if (!isFinished) {
      await run();
      // Main containers are over, or the pod is to end: nothing of it stays.
      await end(graceMs());
      if (!node.signal.aborted) over = true;
      context.publish();
      await publisher.flushed();
    }
    node.ports.release(uid);
    await untilDeleted();
    await remove();
    unlink();
  };
  let deleted: () => void = () => undefined;
  const deletion = new Promise<void>((resolve) => (deleted = resolve));
  const untilDeleted = async (): Promise<void> => {
    if (node.signal.aborted) return;
    node.signal.addEventListener("abort", () => deleted(), { once: true });
    await deletion;
  };
  const remove = async (): Promise<void> => {
    if (node.signal.aborted) return;
    const { name, namespace } = pod.metadata;
    if (inApi) {
      const ref = { apiVersion: "v1", kind: "Pod", name, namespace };
      await node.client.delete(ref, { uid, gracePeriodSeconds: 0 }).catch((error: unknown) => {
        node.log("warn", `pod ${name} was not deleted: ${messageOf(error)}`);
      });
    }
    await rm(dir, { recursive: true, force: true });
    await node.logs.remove(uid);
  };

  const namesChanged = (): void => {
    if (prepared && !over) void updateHosts(context).catch(() => undefined);
  };
  const worker: PodWorker = {
    uid,
    podIP,
    pod: () => pod,
    record: (name) => records.find(({ container }) => container.name === name),
    update: (next) => {
      adopt(next);
      if (!isDeleting(next)) return;
      if (next.metadata.deletionGracePeriodSeconds === 0) killing.abort();
      void end(graceMs());
      deleted();
    },
    gone: () => {
      inApi = false;
      killing.abort();
      void end(0);
      deleted();
    },
    sourceChanged: ({ kind, name, namespace }) => {
      if (over) return;
      if (namespace !== pod.metadata.namespace) return;
      wake();
      if (prepared && usesSource(pod, kind, name)) void prepareVolumes(volumeOptions()).catch(() => undefined);
    },
    namesChanged,
    park: async () => {
      if (parked !== undefined) return;
      parked = new Promise((resolve) => (unpark = resolve));
      await stopAll(graceMs());
    },
    unpark: () => {
      parked = undefined;
      unpark();
    },
    done: Promise.resolve(),
  };
  const done = live().catch((error: unknown) => node.log("error", `pod ${pod.metadata.name}: ${messageOf(error)}`));
  const result: PodWorker = { ...worker, done };
  if (isDeleting(arrived)) result.update(arrived);
  return result;
};

const isDeleting = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

const revisionOf = ({ metadata }: Pod): number => Number(metadata.resourceVersion ?? 0);

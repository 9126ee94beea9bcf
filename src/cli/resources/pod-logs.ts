import type { KubeClient, LogOptions } from "../../k8s/client.ts";
import { isKubeError } from "../../k8s/errors.ts";
import { logLines } from "../../k8s/log-lines.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/errors.ts";

/** The container that the platform makes; sidecars of others are none of its business. */
const CONTAINER = "main";
const LOOK_EVERY_MS = 2000;

export interface LogSink {
  /** A line of a pod's log, without its newline. */
  line(pod: string, text: string): void;
  /** Why a pod has no log to show. */
  problem(pod: string, text: string): void;
}

/** Prints what the pods have logged until now, one pod after the other. Returns how many had a log. */
export const printLogs = async (
  client: KubeClient,
  pods: readonly AnyObject[],
  options: LogOptions & { readonly signal: AbortSignal },
  sink: LogSink,
): Promise<number> => {
  let printed = 0;
  for (const pod of pods) if (await copyLog(client, pod, options, sink)) printed++;
  return printed;
};

/**
 * Follows the pods and those that come after them, a restarted container from its beginning, until the signal aborts.
 */
export const followLogs = async (
  client: KubeClient,
  listPods: () => Promise<readonly AnyObject[]>,
  options: LogOptions & { readonly signal: AbortSignal },
  sink: LogSink,
  clock: Clock = systemClock,
): Promise<void> => {
  const { signal } = options;
  const followed = new Map<string, Promise<void>>();
  let isFirstLook = true;
  while (!signal.aborted) {
    for (const pod of await listPods()) {
      const key = containerRun(pod);
      if (key === undefined || followed.has(key)) continue;
      // Limits are for what was there before: of a new container everything is new.
      const limits = isFirstLook ? options : { signal };
      followed.set(key, follow(client, pod, { ...limits, signal }, sink));
    }
    isFirstLook = false;
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
  await Promise.all(followed.values());
};

/** Whatever ends it is said, and ends nothing else. */
const follow = async (
  client: KubeClient,
  pod: AnyObject,
  options: LogOptions & { readonly signal: AbortSignal },
  sink: LogSink,
): Promise<void> => {
  try {
    await copyLog(client, pod, { ...options, follow: true }, sink);
  } catch (error) {
    sink.problem(pod.metadata.name, messageOf(error));
  }
};

/** Identifies one run of the container; undefined before its first one. */
const containerRun = (pod: AnyObject): string | undefined => {
  const { containerStatuses = [] } = (pod["status"] ?? {}) as {
    containerStatuses?: { name: string; containerID?: string }[];
  };
  return containerStatuses.find(({ name }) => name === CONTAINER)?.containerID;
};

const copyLog = async (
  client: KubeClient,
  pod: AnyObject,
  options: LogOptions & { readonly signal: AbortSignal },
  sink: LogSink,
): Promise<boolean> => {
  const { name, namespace = "" } = pod.metadata;
  try {
    for await (const line of logLines(client, { namespace, name }, { ...options, container: CONTAINER }))
      sink.line(name, line);
    return true;
  } catch (error) {
    if (options.signal.aborted) return true;
    if (!isKubeError(error)) throw error;
    sink.problem(name, messageOf(error));
    return false;
  }
};

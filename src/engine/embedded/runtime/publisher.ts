import type { KubeClient } from "../../../k8s/client.ts";
import { isConflict, isNotFound } from "../../../k8s/errors.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { messageOf } from "../../../lib/errors.ts";
import { writeStatus } from "../controllers/status.ts";
import type { Log } from "../controllers/context.ts";
import { type Pod, type PodStatus, asPod } from "./types.ts";

/** Writes a pod's status, one write at a time; changes that come while one is under way share the next. */
export interface Publisher {
  publish(): void;
  /** Resolves when what was published so far is written, or can no more be. */
  flushed(): Promise<void>;
}

export interface PublisherOptions {
  readonly client: KubeClient;
  readonly log: Log;
  readonly clock?: Clock;
  /** As last seen; undefined when it is gone. */
  readonly pod: () => Pod | undefined;
  readonly statusOf: (pod: Pod) => PodStatus;
  /** What a write gave back. */
  readonly onWritten: (pod: Pod) => void;
}

const RETRY_MS = 200;

export const createPublisher = ({
  client,
  log,
  pod,
  statusOf,
  onWritten,
  clock = systemClock,
}: PublisherOptions): Publisher => {
  let wanted = false;
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const write = async (): Promise<void> => {
    const now = pod();
    if (now === undefined) return;
    try {
      const written = await writeStatus(client, now, statusOf(now));
      if (written !== undefined) onWritten(written);
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) log("warn", `status of pod ${now.metadata.name}: ${messageOf(error)}`);
      // Somebody else changed the pod: what they wrote is on its way here.
      const { name, namespace, uid } = now.metadata;
      const fresh = await client.get({ apiVersion: "v1", kind: "Pod", name, namespace }).catch(() => undefined);
      if (fresh === undefined || fresh.metadata.uid !== uid) return;
      onWritten(asPod(fresh));
      wanted = true;
      if (!isConflict(error)) await clock.sleep(RETRY_MS);
    }
  };
  const run = async (): Promise<void> => {
    // All changes of one turn of the event loop are one write.
    await Promise.resolve();
    while (wanted) {
      wanted = false;
      await write();
    }
    busy = false;
  };
  return {
    publish: () => {
      wanted = true;
      if (busy) return;
      busy = true;
      running = run();
    },
    flushed: () => running,
  };
};

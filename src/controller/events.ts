import { createHash } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/errors.ts";
import { redact } from "../lib/redact.ts";
import type { KubeClient } from "../k8s/client.ts";
import { isConflict } from "../k8s/errors.ts";
import type { KubeObject } from "../k8s/types.ts";

export interface EventText {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Name of the reporting component. */
  readonly source: string;
  readonly onFailure: (message: string) => void;
}

/** Writes a Kubernetes Event about an object. Never throws: an event is a help, not a part of the work. */
export type RecordEvent = (object: KubeObject, event: EventText) => Promise<void>;

interface CoreEvent extends KubeObject {
  readonly count?: number;
}

/** The same thing said again within this time is only counted, and written with the next one after it. */
const QUIET_MS = 30_000;
/** Remembered events; the one that was said longest ago is forgotten first. */
const MEMORY = 1000;
const MAX_MESSAGE = 1024;
const CALL_TIMEOUT_MS = 5000;

/** One Event object per (object, reason, message), with a count that rises. */
export const createEventRecorder = (options: EventRecorderOptions): RecordEvent => {
  const { clock } = options;
  const said = new Map<string, { writtenAtMs: number; unwritten: number }>();

  return async (object, text) => {
    const event = { ...text, message: redact(text.message).slice(0, MAX_MESSAGE) };
    const name = eventName(object, event);
    const before = said.get(name);
    if (before !== undefined && clock.monotonic() - before.writtenAtMs < QUIET_MS) {
      before.unwritten++;
      return;
    }
    said.delete(name);
    said.set(name, { writtenAtMs: clock.monotonic(), unwritten: 0 });
    const [oldest] = said.keys();
    if (said.size > MEMORY && oldest !== undefined) said.delete(oldest);
    try {
      await write(options, { object, event, name, times: 1 + (before?.unwritten ?? 0) });
    } catch (error) {
      options.onFailure(
        `event ${event.reason} of ${object.kind} ${object.metadata.name} was not written: ${messageOf(error)}`,
      );
    }
  };
};

interface Occurrence {
  readonly object: KubeObject;
  readonly event: EventText;
  readonly name: string;
  /** How often it happened since the last write. */
  readonly times: number;
}

const write = async ({ client, clock, source }: EventRecorderOptions, occurrence: Occurrence): Promise<void> => {
  const { object, event, name, times } = occurrence;
  const now = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  // Events of cluster-scoped objects live in the namespace "default".
  const namespace = object.metadata.namespace ?? "default";
  const call = { timeoutMs: CALL_TIMEOUT_MS };
  const ref = { apiVersion: "v1", kind: "Event", name, namespace };
  try {
    await client.create(
      {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name, namespace },
        involvedObject: involved(object),
        ...event,
        count: times,
        firstTimestamp: now,
        lastTimestamp: now,
        source: { component: source },
        reportingComponent: source,
      },
      call,
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
    const found = await client.get<CoreEvent>(ref, call);
    await client.mergePatch(ref, { count: (found?.count ?? 0) + times, lastTimestamp: now }, call);
  }
};

const eventName = ({ metadata }: KubeObject, { reason, message }: EventText): string => {
  const hash = createHash("sha256")
    .update(JSON.stringify([metadata.uid, reason, message]))
    .digest("hex");
  return `${metadata.name.slice(0, 230)}.${hash.slice(0, 16)}`;
};

const involved = ({ apiVersion, kind, metadata }: KubeObject): Record<string, unknown> => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

import { createHash } from "node:crypto";
import type { KubeClient } from "../../../k8s/client.ts";
import { isConflict } from "../../../k8s/errors.ts";
import type { KubeObject } from "../../../k8s/types.ts";
import type { Clock } from "../../../lib/clock.ts";
import { messageOf } from "../../../lib/errors.ts";
import type { Log } from "./context.ts";
import { timestamp } from "./status.ts";

/** Says what happened to an object, for `kubectl describe`. Never throws and never waits: it is a help, not the work. */
export type RecordEvent = (object: KubeObject, type: "Normal" | "Warning", reason: string, message: string) => void;

export interface EventSource {
  /** A recorder in the name of one component. */
  from(component: string): RecordEvent;
  /** Resolves when all that was said is written or was refused. */
  flushed(): Promise<void>;
}

export interface EventSourceOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
}

interface Said {
  /** Occurrences that are not written yet. */
  unwritten: number;
  written: number;
  /** Whether a writer is under way; it writes what comes while it works. */
  busy: boolean;
}

interface Saying {
  readonly component: string;
  readonly object: KubeObject;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly name: string;
}

/** Remembered events; the one that was said longest ago is forgotten first. */
const MEMORY = 500;
const LONGEST_MESSAGE = 1024;
const TIMEOUT_MS = 10_000;

/** One Event object for each thing said of an object, with a count that rises. */
export const createEventSource = (options: EventSourceOptions): EventSource => {
  const said = new Map<string, Said>();
  const writing = new Set<Promise<void>>();
  const say = (saying: Saying): void => {
    const state = said.get(saying.name) ?? { unwritten: 0, written: 0, busy: false };
    said.delete(saying.name);
    said.set(saying.name, state);
    forgetOldest(said);
    state.unwritten++;
    if (state.busy) return;
    const work = writeAll(options, saying, state).finally(() => writing.delete(work));
    writing.add(work);
  };
  return {
    from: (component) => (object, type, reason, text) => {
      const message = text.slice(0, LONGEST_MESSAGE);
      say({ component, object, type, reason, message, name: nameOf(object, component, reason, message) });
    },
    flushed: async () => {
      while (writing.size > 0) await Promise.all(writing);
    },
  };
};

const forgetOldest = (said: Map<string, Said>): void => {
  const [oldest] = said;
  if (said.size > MEMORY && oldest !== undefined && !oldest[1].busy) said.delete(oldest[0]);
};

const writeAll = async (options: EventSourceOptions, saying: Saying, state: Said): Promise<void> => {
  state.busy = true;
  try {
    while (state.unwritten > 0) {
      const times = state.unwritten;
      state.unwritten = 0;
      state.written = await write(options, saying, state.written, times);
    }
  } catch (error) {
    state.unwritten = 0;
    options.log("debug", `event ${saying.reason} was not written: ${messageOf(error)}`);
  } finally {
    state.busy = false;
  }
};

/** Writes some more occurrences and returns how many there are now. */
const write = async (
  { client, clock }: EventSourceOptions,
  { component, object, type, reason, message, name }: Saying,
  before: number,
  times: number,
): Promise<number> => {
  const now = timestamp(clock.now());
  // Events of cluster-scoped objects live in the namespace "default".
  const namespace = object.metadata.namespace ?? "default";
  const ref = { apiVersion: "v1", kind: "Event", name, namespace };
  const call = { timeoutMs: TIMEOUT_MS };
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace },
    involvedObject: involved(object),
    type,
    reason,
    message,
    count: times,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
    reportingInstance: "",
  };
  try {
    if (before === 0) {
      await client.create(event, call);
      return times;
    }
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const found = await client.get<KubeObject & { count?: number }>(ref, call);
  // It lives for an hour only, or somebody deleted it.
  if (found === undefined) {
    await client.create(event, call);
    return times;
  }
  const count = (found.count ?? 0) + times;
  await client.mergePatch(ref, { count, lastTimestamp: now }, call);
  return count;
};

const nameOf = ({ metadata }: KubeObject, component: string, reason: string, message: string): string => {
  const hash = createHash("sha256").update(JSON.stringify([metadata.uid, component, reason, message]));
  return `${metadata.name.slice(0, 230)}.${hash.digest("hex").slice(0, 16)}`;
};

const involved = ({ apiVersion, kind, metadata }: KubeObject): Record<string, unknown> => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

import { type Clock, systemClock } from "../lib/clock.ts";
import { linkAbort } from "../lib/deadline.ts";
import type { KubeClient } from "./client.ts";
import { KubeError, isKubeError } from "./errors.ts";
import type { AnyObject, KubeList, TypeRef } from "./types.ts";

export interface ReflectorState {
  readonly state: "listing" | "watching" | "retrying";
  readonly error?: unknown;
}

export interface ReflectorOptions {
  readonly labelSelector?: string | undefined;
  readonly namespace?: string | undefined;
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
  readonly onState?: ((state: ReflectorState) => void) | undefined;
  /** Uniform in [0, 1); a seam for tests. */
  readonly random?: (() => number) | undefined;
  /** A stream on which nothing came for this long, not even a bookmark, is dead. Default 90 s. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Where a reflector puts what it sees. */
export interface ReflectorSink {
  /** A complete list: everything that is not in it is gone. */
  replace(list: KubeList): void;
  upsert(object: AnyObject): void;
  remove(object: AnyObject): void;
}

const WATCH_SECONDS = 290;
const WATCH_JITTER_SECONDS = 60;
/** Bookmarks come about once a minute, so a minute of silence would be too little. */
const IDLE_TIMEOUT_MS = 90_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A watch that held this long shows that the server is well: what fails next is a new trouble. */
const STEADY_MS = 1000;
const SLEEP_CHECK_MS = 5000;
/** A wall clock this much further than it should be means that the machine slept, or that we did not run. */
const SLEPT_MS = 15_000;

/** What one reflector knows and is given, threaded through its rounds. */
interface Reflection extends ReflectorOptions {
  readonly client: KubeClient;
  readonly type: TypeRef;
  readonly sink: ReflectorSink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onState: (state: ReflectorState) => void;
  /** The last version that the sink has; undefined: it has to be listed. */
  resourceVersion: string | undefined;
}

/**
 * Keeps a sink in step with a kind: list, then watch from there; on `410 Gone` or after the machine slept, list again; on
 * any other trouble try again with growing pauses. It ends only by its signal, and never with an error.
 */
export const reflect = async (
  client: KubeClient,
  type: TypeRef,
  sink: ReflectorSink,
  options: ReflectorOptions,
): Promise<void> => {
  const { signal, clock = systemClock, random = Math.random, onState = () => undefined } = options;
  const reflection: Reflection = { ...options, client, type, sink, clock, random, onState, resourceVersion: undefined };
  let failures = 0;
  while (!signal.aborted) {
    const { watchedMs, error } = await runRound(reflection);
    if (signal.aborted) return;
    const steady = watchedMs >= STEADY_MS;
    if (steady) failures = 0;
    // A server ends every watch now and then, and forgets old versions: no trouble, unless it goes on like that.
    if (steady && error === undefined) continue;
    if (failures++ === 0 && isKubeError(error, 410)) continue;
    if (error !== undefined) onState({ state: "retrying", error });
    await clock.sleep(pauseMs(failures, random), signal).catch(() => undefined);
  }
};

/** Lists where needed, then watches until the watch ends. What went wrong is part of the answer. */
const runRound = async (reflection: Reflection): Promise<{ readonly watchedMs: number; readonly error?: unknown }> => {
  const { clock, onState } = reflection;
  let watchingSince: number | undefined;
  const watchedMs = (): number => (watchingSince === undefined ? 0 : clock.monotonic() - watchingSince);
  try {
    const resourceVersion = reflection.resourceVersion ?? (await list(reflection));
    onState({ state: "watching" });
    watchingSince = clock.monotonic();
    await watch(reflection, resourceVersion);
    return { watchedMs: watchedMs() };
  } catch (error) {
    // A server that answers with a refusal may have forgotten our version, or never known it: it may be another one.
    if (error instanceof KubeError && error.status !== 0) reflection.resourceVersion = undefined;
    return { watchedMs: watchedMs(), error };
  }
};

const list = async (reflection: Reflection): Promise<string> => {
  const { client, type, sink, namespace, labelSelector, signal, onState } = reflection;
  onState({ state: "listing" });
  const found = await client.list(type, { namespace, labelSelector, signal });
  sink.replace(found);
  reflection.resourceVersion = found.resourceVersion;
  return found.resourceVersion;
};

/** Follows one watch to its end. After the machine slept the stream cannot be trusted: it is ended, and the sink listed anew. */
const watch = async (reflection: Reflection, resourceVersion: string): Promise<void> => {
  const { client, type, sink, namespace, labelSelector, random, clock } = reflection;
  const stream = new AbortController();
  const unlink = linkAbort(reflection.signal, stream);
  const sleepWatch = endAfterSleep(stream, clock);
  const events = client.watch(type, {
    namespace,
    labelSelector,
    resourceVersion,
    timeoutSeconds: Math.round(WATCH_SECONDS + random() * WATCH_JITTER_SECONDS),
    idleTimeoutMs: reflection.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    signal: stream.signal,
  });
  try {
    for await (const event of events) {
      if (event.type === "ERROR") throw endedBy(event.object);
      if (event.type === "DELETED") sink.remove(event.object);
      else if (event.type !== "BOOKMARK") sink.upsert(event.object);
      // Only now: a version that the sink does not have yet would be lost if the stream broke.
      reflection.resourceVersion = event.object.metadata.resourceVersion ?? reflection.resourceVersion;
    }
  } finally {
    unlink();
    stream.abort();
    if (await sleepWatch) reflection.resourceVersion = undefined;
  }
};

/** Ends the stream when the machine has slept; tells, after the end of the stream, whether that was so. */
const endAfterSleep = async (stream: AbortController, clock: Clock): Promise<boolean> => {
  try {
    while (!stream.signal.aborted) {
      const before = clock.now();
      await clock.sleep(SLEEP_CHECK_MS, stream.signal);
      if (Math.abs(clock.now() - before - SLEEP_CHECK_MS) > SLEPT_MS) {
        stream.abort();
        return true;
      }
    }
  } catch {
    // The sleep was cut short: the stream ended first.
  }
  return false;
};

const endedBy = ({
  code = 500,
  message = "the server ended the watch",
  reason = "Unknown",
}: {
  readonly code?: number;
  readonly message?: string;
  readonly reason?: string;
}): KubeError => new KubeError(message, { status: code, reason });

/** Doubles with every failure in a row, up to a limit; half of it is left to chance, so that watches do not come in step. */
const pauseMs = (failures: number, random: () => number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (Math.min(failures, 10) - 1)) * (0.5 + random() / 2);

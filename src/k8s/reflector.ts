import { type Clock, systemClock } from "../lib/clock.ts";
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
  readonly random?: () => number;
  /** A stream on which nothing came for this long, not even a bookmark, is dead. Default 90 s. */
  readonly idleTimeoutMs?: number;
}

/** Where a reflector puts what it sees. */
export interface ReflectorSink {
  /** A complete list: everything that is not in it is gone. */
  replace(list: KubeList): void;
  upsert(object: AnyObject): void;
  remove(object: AnyObject): void;
}

const WATCH_SECONDS = 290;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A wall clock that ran this much ahead of the monotonic one means that the machine slept. */
const SLEPT_MS = 15_000;

/**
 * Keeps a sink in step with a kind: list, then watch from there; on `410 Gone` or after the machine slept, list again; on any
 * other trouble try again with growing pauses. It ends only by its signal, and never with an error.
 */
export const reflect = async (
  client: KubeClient,
  type: TypeRef,
  sink: ReflectorSink,
  options: ReflectorOptions,
): Promise<void> => {
  const { signal, clock = systemClock, onState = () => undefined, random = Math.random } = options;
  let resourceVersion: string | undefined;
  let failures = 0;
  const beat = { wall: clock.now(), monotonic: clock.monotonic() };
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined || slept(beat, clock)) {
        onState({ state: "listing" });
        const list = await client.list(type, {
          namespace: options.namespace,
          labelSelector: options.labelSelector,
          signal,
        });
        sink.replace(list);
        resourceVersion = list.resourceVersion;
      }
      mark(beat, clock);
      onState({ state: "watching" });
      const began = clock.monotonic();
      resourceVersion = await watchOnce(client, type, sink, {
        ...options,
        resourceVersion,
        random,
        onEvent: () => mark(beat, clock),
      });
      failures = 0;
      // A server that ends every watch at once must not be asked thousands of times a second.
      if (clock.monotonic() - began < 1000) await clock.sleep(FIRST_PAUSE_MS * (0.5 + random() / 2), signal);
    } catch (error) {
      if (signal.aborted) return;
      const gone = isKubeError(error, 410);
      if (gone || isKubeError(error, 400, 404)) resourceVersion = undefined;
      if (gone && failures === 0) {
        failures++;
        continue;
      }
      onState({ state: "retrying", error });
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
      failures++;
      await clock.sleep(pause * (0.5 + random() / 2), signal).catch(() => undefined);
    }
  }
};

/** Follows one watch to its end and returns the last version seen. */
const watchOnce = async (
  client: KubeClient,
  type: TypeRef,
  sink: ReflectorSink,
  options: ReflectorOptions & {
    readonly resourceVersion: string;
    readonly random: () => number;
    readonly onEvent: () => void;
  },
): Promise<string> => {
  let last = options.resourceVersion;
  const events = client.watch(type, {
    namespace: options.namespace,
    labelSelector: options.labelSelector,
    resourceVersion: last,
    timeoutSeconds: Math.round(WATCH_SECONDS + options.random() * 60),
    idleTimeoutMs: options.idleTimeoutMs ?? 90_000,
    signal: options.signal,
  });
  for await (const event of events) {
    options.onEvent();
    if (event.type === "ERROR") {
      const { code = 500, message = "the server ended the watch", reason = "Unknown" } = event.object;
      throw new KubeError(message, { status: code, reason });
    }
    last = event.object.metadata.resourceVersion ?? last;
    if (event.type === "DELETED") sink.remove(event.object);
    else if (event.type !== "BOOKMARK") sink.upsert(event.object);
  }
  return last;
};

interface Beat {
  wall: number;
  monotonic: number;
}

const mark = (beat: Beat, clock: Clock): void => {
  beat.wall = clock.now();
  beat.monotonic = clock.monotonic();
};

const slept = (beat: Beat, clock: Clock): boolean =>
  Math.abs(clock.now() - beat.wall - (clock.monotonic() - beat.monotonic)) > SLEPT_MS;

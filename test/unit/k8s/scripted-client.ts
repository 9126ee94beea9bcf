import { once } from "node:events";
import type { KubeClient, WatchEvent, WatchOptions } from "../../../src/k8s/client.ts";
import { KubeError } from "../../../src/k8s/errors.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { deadClient } from "../../helpers/running-controller.ts";

export const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** What one watch does: yields events, throws, or returns. */
export type Watch = (options: WatchOptions) => AsyncIterable<WatchEvent>;

export interface ScriptedClient {
  readonly client: KubeClient;
  /** Calls in their order: `list`, `watch 17`. */
  readonly calls: string[];
  /** Answer of every list. */
  list: () => { items: AnyObject[]; resourceVersion: string };
  /** Watches in the order in which they are opened; after the last one a watch stays silent until it is aborted. */
  readonly watches: Watch[];
}

/** A client that can only list and watch, and does it as it is told. */
export const createScriptedClient = (): ScriptedClient => {
  const scripted: ScriptedClient = {
    client: {
      ...deadClient({ server: "https://scripted", ca: "" }),
      list: async () => {
        scripted.calls.push("list");
        return scripted.list() as never;
      },
      watch: (_type, options) => {
        scripted.calls.push(`watch ${options.resourceVersion}`);
        return (scripted.watches.shift() ?? silent)(options);
      },
    },
    calls: [],
    list: () => ({ items: [], resourceVersion: "10" }),
    watches: [],
  };
  return scripted;
};

export const configMap = (
  name: string,
  resourceVersion: string,
  more: Partial<AnyObject["metadata"]> = {},
): AnyObject => ({
  ...CONFIG_MAPS,
  metadata: { name, namespace: "default", uid: name, resourceVersion, ...more },
});

export const broken = (): KubeError => new KubeError("The watch broke", { status: 0, reason: "WatchBroken" });

/** Nothing comes until the signal aborts. */
// oxlint-disable-next-line require-yield -- that is the point
export const silent: Watch = async function* ({ signal }) {
  if (signal?.aborted !== true) await once(signal as AbortSignal, "abort");
};

/** Sends events, and stays open behind them. */
export const sends = (...events: readonly WatchEvent[]): Watch =>
  async function* (options) {
    yield* events;
    yield* silent(options);
  };

/** Sends events and ends, as a server does when its time is up. */
export const ends = (...events: readonly WatchEvent[]): Watch =>
  async function* () {
    yield* events;
  };

/** Sends events and breaks. */
export const breaks = (error: unknown = broken(), ...events: readonly WatchEvent[]): Watch =>
  async function* () {
    yield* events;
    throw error;
  };

import path from "node:path";
import { readLog } from "../engine/embedded/store/read-log.ts";
import type { CallOptions, KubeClient } from "../k8s/client.ts";
import type { AnyObject, TypeRef } from "../k8s/types.ts";
import { messageOf } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import { createTurns } from "../lib/turns.ts";
import type { PlatformPlaces } from "../state/places.ts";
import { listableKinds } from "./kinds-of.ts";

/** All objects of one kind in a cluster. */
export interface Listed {
  readonly kind: TypeRef;
  readonly items: readonly AnyObject[];
  /** Why they could not be listed. */
  readonly problem: unknown;
}

/** What a cluster holds. */
export interface ClusterLook {
  readonly name: string;
  readonly lists: readonly Listed[];
  /** Undefined when its API server does not answer: then the objects are those that an embedded cluster has on disk. */
  readonly client: KubeClient | undefined;
  /** Why its API server was not asked. */
  readonly problem: string | undefined;
}

const CALL_MS = 10_000;
const CALLS_AT_ONCE = 8;

/** Options of one call: it ends with the command, and does not wait for a server that hangs. */
export const callWithin = (signal: AbortSignal): CallOptions => ({
  signal: manyListeners(AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)])),
});

/** Lists everything in a cluster; where its API server does not answer, what its store on disk says. */
export const lookAtCluster = async (
  name: string,
  client: () => Promise<KubeClient>,
  { places, signal }: { readonly places: PlatformPlaces; readonly signal: AbortSignal },
): Promise<ClusterLook> => {
  try {
    const answering = await client();
    return { name, lists: await listEverything(answering, signal), client: answering, problem: undefined };
  } catch (error) {
    signal.throwIfAborted();
    const lists = await listStored(path.join(places.clusters, name, "store")).catch(() => []);
    return { name, lists, client: undefined, problem: messageOf(error) };
  }
};

const listEverything = async (client: KubeClient, signal: AbortSignal): Promise<Listed[]> => {
  const kinds = await listableKinds(client, callWithin(signal));
  const turn = createTurns(CALLS_AT_ONCE);
  return Promise.all(
    kinds.map((kind) =>
      turn(() =>
        client.list(kind, callWithin(signal)).then(
          ({ items }): Listed => ({ kind, items, problem: undefined }),
          (problem: unknown): Listed => ({ kind, items: [], problem }),
        ),
      ),
    ),
  );
};

const listStored = async (dir: string): Promise<Listed[]> => {
  const byKind = new Map<string, { readonly kind: TypeRef; readonly items: AnyObject[] }>();
  for (const { value = "{}" } of await readLog(dir)) {
    const object = JSON.parse(value) as Partial<AnyObject>;
    const { apiVersion, kind, metadata } = object;
    if (apiVersion === undefined || kind === undefined || metadata === undefined) continue;
    const key = `${apiVersion}/${kind}`;
    const list = byKind.get(key) ?? { kind: { apiVersion, kind }, items: [] };
    byKind.set(key, list);
    list.items.push(object as AnyObject);
  }
  return [...byKind.values()].map(({ kind, items }) => ({ kind, items, problem: undefined }));
};

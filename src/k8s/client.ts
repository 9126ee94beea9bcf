import type { AnyObject, KubeList, KubeObject, ObjectRef, TypeRef } from "./types.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default 30 000. */
  readonly timeoutMs?: number | undefined;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ApplyOptions extends CallOptions {
  /** Default `choreo-dev`. */
  readonly fieldManager?: string;
  /** Take fields over from other managers. Default true. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly subresource?: "status";
}

export interface DeleteOptions extends CallOptions {
  readonly propagation?: "Foreground" | "Background" | "Orphan";
  readonly uid?: string;
  readonly gracePeriodSeconds?: number;
}

export interface LogOptions extends CallOptions {
  readonly container?: string;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly follow?: boolean;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: AnyObject }
  | {
      readonly type: "ERROR";
      readonly object: { readonly code?: number; readonly message?: string; readonly reason?: string };
    };

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  /** Server-side end of the watch, seconds. */
  readonly timeoutSeconds: number;
  /** Ends the watch with an error when nothing at all, not even a bookmark, arrives for this long. */
  readonly idleTimeoutMs: number;
}

/**
 * A small JSON client for one API server. Kinds are resolved by discovery, which is cached and asked again once when a
 * kind is unknown. Failures are `KubeError` (see errors.ts in this folder): `get` and `delete` treat 404 as an answer.
 */
export interface KubeClient {
  readonly server: string;
  /** GET /version. The cheapest proof that the server answers and accepts our credentials is `whoAmI`. */
  version(options?: CallOptions): Promise<{ gitVersion: string }>;
  /** True when GET /readyz answers 200; never throws for a server that is not there yet. */
  ready(options?: CallOptions): Promise<boolean>;
  /** Whether the server knows the kind now (asks discovery again when it is not in the cache). */
  hasKind(type: TypeRef, options?: CallOptions): Promise<boolean>;
  get<T extends KubeObject = AnyObject>(ref: ObjectRef, options?: CallOptions): Promise<T | undefined>;
  /** All pages. */
  list<T extends KubeObject = AnyObject>(type: TypeRef, options?: ListOptions): Promise<KubeList<T>>;
  create<T extends KubeObject>(object: T, options?: CallOptions & { dryRun?: boolean }): Promise<T>;
  /** Server-side apply. `managedFields` of the argument are ignored. */
  apply<T extends KubeObject>(object: T, options?: ApplyOptions): Promise<T>;
  /** PUT; the object's resourceVersion guards it. */
  replace<T extends KubeObject>(object: T, options?: CallOptions & { subresource?: "status" | "finalize" }): Promise<T>;
  /** JSON merge patch. */
  mergePatch<T extends KubeObject = AnyObject>(
    ref: ObjectRef,
    patch: unknown,
    options?: CallOptions & { subresource?: "status" | "scale" },
  ): Promise<T>;
  /** True when something was there to delete. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
  deleteCollection(type: TypeRef, options: ListOptions & { namespace: string }): Promise<void>;
  /** Yields events until the server ends the watch or the signal aborts (both: normal end). Throws when the stream breaks. */
  watch(type: TypeRef, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Log text in chunks; one chunk stream whether followed or not. */
  logs(pod: { namespace: string; name: string }, options?: LogOptions): AsyncIterable<string>;
  /** Any GET, for /healthz, /metrics, proxies. */
  raw(path: string, options?: CallOptions): Promise<{ status: number; body: string }>;
  /** Closes kept-alive sockets. */
  close(): void;
}

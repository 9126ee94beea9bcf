import type { EngineName, Topology } from "../config/model.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject, KubeObject } from "../k8s/types.ts";

/** A platform that runs, or an organization's view of it. `await using` removes what was made for it. */
export interface RunningPlatform extends AsyncDisposable {
  readonly name: string;
  readonly engine: EngineName;
  readonly topology: Topology;
  /** Where resources without a namespace go, and where components are looked for. */
  readonly organization: string;
  /** PEM of the authority that signs the gateways' certificates. */
  readonly ca: string;
  /** Client of the control plane. */
  readonly control: KubeClient;
  /** Client of a plane by name: `control`, `build`, or a data plane's. `E_NOT_FOUND` for another one. */
  plane(name: string): KubeClient;
  /** Path of the private kubeconfig of a plane's cluster. */
  kubeconfig(plane: string): string;
  /** Applies files, folders and objects, parents first. Everything is checked before the first is written. */
  apply(...what: readonly (string | KubeObject)[]): Promise<AnyObject[]>;
  /** Deletes what files and folders describe, or what is named, and waits until it is gone. */
  delete(...what: readonly (string | Ref)[]): Promise<void>;
  /** Waits until a condition of an object is `True` (or as in `Ready=False`), or a predicate holds. Default kind of wait: 60 s. */
  waitFor<T extends KubeObject = AnyObject>(
    ref: Ref,
    condition: string | ((object: T) => boolean),
    options?: WaitOptions,
  ): Promise<T>;
  component(name: string): ComponentHandle;
  /** Waits until the component serves. */
  url(component: string, options?: ComponentOptions): Promise<string>;
  /** Asks a component at its public URL, verified by the platform's own authority; waits until it serves. */
  fetch(component: string, path?: string, options?: FetchOptions): Promise<Response>;
  /** What the component's pods have logged until now. */
  logs(component: string, options?: LogsOptions): Promise<string>;
  /** Has a function answer for a component of this name in the first environment; waits until it serves. On `embedded`. */
  serve(component: string, answer: (request: Request) => Response | Promise<Response>): Promise<ComponentHandle>;
  /** Objects (secrets redacted), events, logs and the plan, as files in a folder, for a test that failed. */
  diagnostics(dir: string): Promise<void>;
  /** All objects of all planes as they are now, to come back to. On `embedded`. */
  snapshot(): Snapshot;
  /** Makes everything as it was, which takes milliseconds. */
  restore(snapshot: Snapshot): Promise<void>;
  /** An own organization in this platform, gone with its dispose. */
  isolate(): Promise<RunningPlatform>;
}

/** Which object; by default of the platform's own API and in the platform's organization. */
export interface Ref {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly apiVersion?: string | undefined;
  /** Default: the control plane. */
  readonly plane?: string | undefined;
}

export interface WaitOptions {
  /** Default 60 000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ComponentOptions extends WaitOptions {
  /** Default: the one it is deployed to; the first one of the pipeline where there are several. */
  readonly environment?: string | undefined;
  readonly project?: string | undefined;
}

export interface FetchOptions extends ComponentOptions, Omit<RequestInit, "signal"> {}

export interface LogsOptions extends ComponentOptions {
  readonly tailLines?: number | undefined;
  readonly previous?: boolean | undefined;
}

export interface ComponentHandle {
  readonly name: string;
  readonly platform: RunningPlatform;
  /** Waits until what was deployed last serves. */
  ready(options?: ComponentOptions): Promise<void>;
  /** The Component object; undefined when there is none. */
  object(): Promise<AnyObject | undefined>;
  url(options?: ComponentOptions): Promise<string>;
  fetch(path?: string, options?: FetchOptions): Promise<Response>;
  logs(options?: LogsOptions): Promise<string>;
}

declare const snapshotBrand: unique symbol;

/** Opaque. */
export interface Snapshot {
  readonly [snapshotBrand]: true;
}

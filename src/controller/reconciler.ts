import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject, KubeObject, TypeRef } from "../k8s/types.ts";

/** The only thing a reconciler is given: which object. It reads the state itself. */
export interface Key {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** `done`: nothing to do until something changes. `again`: run once more after `afterMs`. */
export type Outcome = { readonly outcome: "done" } | { readonly outcome: "again"; readonly afterMs: number };

/** Ends retries: the object has to change first. Everything else that is thrown is retried with backoff. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** Read-only view of one watched kind. Lists are in name order; objects must not be modified. */
export interface Cache<T extends KubeObject = AnyObject> {
  get(key: Key): T | undefined;
  list(filter?: CacheFilter): T[];
}

export interface CacheFilter {
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>>;
  /** Only objects that others may mean by this name: their name label or their object name. */
  readonly named?: string;
}

export interface ReconcileContext {
  /** Control plane. */
  readonly client: KubeClient;
  /** Cache of a control-plane kind of `core.choreo.dev/v1`. */
  readonly cache: <T extends KubeObject = AnyObject>(kind: string) => Cache<T>;
  readonly planes: PlaneClients;
  /** Emits a Kubernetes Event on the object, deduplicated. */
  readonly event: (
    object: KubeObject,
    event: { type: "Normal" | "Warning"; reason: string; message: string },
  ) => Promise<void>;
  readonly settings: ControllerSettings;
  readonly now: () => Date;
  readonly log: (level: "info" | "warn" | "error", message: string, fields?: Record<string, unknown>) => void;
  readonly signal: AbortSignal;
}

/** Clients of the data and build planes, made from the credentials in their resources and cached by their hash. */
export interface PlaneClients {
  /** Throws when the credentials are malformed. A plane that does not answer fails in the call, not here. */
  of(plane: KubeObject): KubeClient;
  /**
   * Read-only cache of a kind in that plane, limited to objects with the label `managed-by`; started at first use and
   * re-queueing the control-plane object named by `requeue`. Undefined until its first list is complete.
   */
  watch(plane: KubeObject, watch: PlaneWatch): Cache | undefined;
}

export interface PlaneWatch {
  readonly type: TypeRef;
  readonly labelSelector: string;
  /** Reconciler to wake and the keys it should run for. */
  readonly requeue: { readonly kind: string; readonly keys: (object: AnyObject) => Key[] };
}

export interface ControllerSettings {
  /** Makes the image available to the planes before a workload names it; a no-op where the registry can reach it. */
  readonly ensureImage: (image: string) => Promise<void>;
  /** Loopback port of the external gateway of a data plane, by DataPlane name; undefined: the port is not shown in URLs. */
  readonly gatewayPort: (dataPlane: string) => number | undefined;
  /** `local`: vaultKey -> value. Undefined where the key is unknown. */
  readonly secrets: {
    readonly mode: "local" | "vault-csi";
    /** `local`: the file they come from, named in messages. */
    readonly file?: string;
    readonly lookup: (vaultKey: string) => Promise<string | undefined>;
  };
  /** Registry host that images made by builds are pulled from, e.g. `choreo-registry:5000`. */
  readonly pullRegistry: string;
  /**
   * Where the data planes run processes of this machine and no images: the folder of the builds and of the bundles that they make.
   */
  readonly builds?: string | undefined;
  /** Removes what dev sessions have saved for the pods of a Deployment, by its uid. */
  readonly forgetSaves?: (uid: string) => Promise<void>;
}

/** A kind whose changes wake a reconciler, and for which keys; asked for the old and the new form of a changed object. */
export interface Watch {
  readonly kind: string;
  /** Default `core.choreo.dev/v1`. */
  readonly apiVersion?: string;
  /** Default: all objects of the kind. */
  readonly labelSelector?: string;
  /** Wake nobody when only the status changed. */
  readonly ignoreStatus?: boolean;
  readonly keys: (object: AnyObject, context: ReconcileContext) => Key[];
}

/** A reconciler is a function of a key; what wakes it is declared beside it. */
export interface Reconciler {
  /** Kind of `core.choreo.dev/v1` it owns. */
  readonly kind: string;
  /** Other control-plane kinds whose changes wake it. */
  readonly watches: readonly Watch[];
  reconcile(key: Key, context: ReconcileContext): Promise<Outcome>;
}

export const DONE: Outcome = { outcome: "done" };
export const again = (afterMs: number): Outcome => ({ outcome: "again", afterMs });

/** The key of an object. */
export const keyOf = ({ metadata }: KubeObject): Key => ({ namespace: metadata.namespace, name: metadata.name });

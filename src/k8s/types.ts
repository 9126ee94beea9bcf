/** Plain Kubernetes JSON. Objects travel unchanged: a typed serializer would drop fields it does not know. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** An object whose other fields are not known to the caller. */
export interface AnyObject extends KubeObject {
  [field: string]: unknown;
}

/** Which object: enough to build its path after discovery. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Which type of object. */
export interface TypeRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The standard condition of Kubernetes' `metav1.Condition`. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

export interface KubeList<T extends KubeObject = AnyObject> {
  readonly items: T[];
  /** Of the list: a watch may start from here. */
  readonly resourceVersion: string;
}

/** Where an API server is and how to prove who we are. PEM texts, not base64. */
export interface Endpoint {
  /** https://host:port */
  readonly server: string;
  readonly ca: string;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly token?: string | undefined;
}

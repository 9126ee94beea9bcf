import type { Clock } from "../../../lib/clock.ts";
import type { Store } from "../store/store.ts";
import type { Accepted } from "./accept.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Registry } from "./registry.ts";
import type { ApiRequest } from "./request.ts";
import type { ResourceType } from "./resource-type.ts";
import type { ServiceAddresses } from "./service-addresses.ts";
import type { Tokens } from "./tokens.ts";

/** What all handlers of one API server share. */
export interface Core {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly addresses: ServiceAddresses;
  readonly tokens: Tokens;
  /** Whether pods are refused without a service account, and get its token: somebody has to make the accounts. */
  readonly podsNeedAccounts: boolean;
  /** Undefined until something runs pods here. */
  readonly kubelet: () => Kubelet | undefined;
  /** Told of what nobody expected, with the request that met it; the caller gets a 500. */
  readonly onInternalError: (error: unknown, request: string) => void;
}

/** A request to a resource, with what its path names. */
export interface Call {
  readonly request: ApiRequest;
  readonly type: ResourceType;
  /** Undefined for cluster-wide resources and for lists of all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly accepted: Accepted;
}

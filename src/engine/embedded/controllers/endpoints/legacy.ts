import type { KubeObject } from "../../../../k8s/types.ts";
import { ENDPOINTS, type Service } from "../kinds.ts";
import { type EndpointPort, type ServiceAddress, groupByPorts, targetOf } from "./addresses.ts";
import { HEADLESS, isHeadless } from "./slices.ts";

export interface Endpoints extends KubeObject {
  readonly subsets?: readonly object[] | null;
}

/** What tells whose it is: an object that a user keeps has no such mark. */
export const ENDPOINTS_MANAGED_BY = "endpoints.kubernetes.io/managed-by";
export const ENDPOINTS_MANAGER = "endpoint-controller";
/** More do not fit: readers of many endpoints read slices. */
const MOST_ADDRESSES = 1000;

/** The older form of a service's endpoints, which has its name. */
export const endpointsOf = (service: Service, addresses: readonly ServiceAddress[]): Endpoints => {
  const { name, namespace } = service.metadata;
  const isFull = addresses.length > MOST_ADDRESSES;
  return {
    ...ENDPOINTS,
    metadata: {
      name,
      namespace: namespace ?? "",
      labels: {
        ...service.metadata.labels,
        [ENDPOINTS_MANAGED_BY]: ENDPOINTS_MANAGER,
        ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
      },
      ...(isFull ? { annotations: { "endpoints.kubernetes.io/over-capacity": "truncated" } } : {}),
    },
    subsets: subsetsOf(addresses.filter((address) => !address.terminating || address.ready).slice(0, MOST_ADDRESSES)),
  };
};

const subsetsOf = (addresses: readonly ServiceAddress[]): object[] =>
  groupByPorts(addresses).map(({ ports, addresses: members }) => {
    const ready = members.filter((address) => address.ready).map(addressOf);
    const waiting = members.filter((address) => !address.ready).map(addressOf);
    return {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(waiting.length === 0 ? {} : { notReadyAddresses: waiting }),
      ...(ports.length === 0 ? {} : { ports: ports.map(portOf) }),
    };
  });

const addressOf = (address: ServiceAddress): object => ({
  ip: address.ip,
  ...(address.hostname === undefined ? {} : { hostname: address.hostname }),
  ...(address.pod.spec.nodeName === undefined ? {} : { nodeName: address.pod.spec.nodeName }),
  targetRef: targetOf(address),
});

const portOf = ({ name, ...port }: EndpointPort): object => (name === "" ? port : { name, ...port });

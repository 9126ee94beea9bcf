import { createHash } from "node:crypto";
import type { KubeObject } from "../../../../k8s/types.ts";
import { ENDPOINT_SLICE, type Service } from "../kinds.ts";
import { controllerReference } from "../owners.ts";
import { type EndpointPort, type ServiceAddress, groupByPorts, targetOf } from "./addresses.ts";

export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
export const SLICE_MANAGER = "endpointslice-controller.k8s.io";
export const HEADLESS = "service.kubernetes.io/headless";

const ENDPOINTS_PER_SLICE = 100;

export interface EndpointSlice extends KubeObject {
  readonly addressType: string;
  readonly endpoints?: readonly object[] | null;
  readonly ports?: readonly EndpointPort[] | null;
}

/** The slices of a service. Their names follow from what they are for, so that none is ever made twice. */
export const slicesOf = (service: Service, addresses: readonly ServiceAddress[]): EndpointSlice[] => {
  const groups = groupByPorts(addresses);
  if (groups.length === 0) return [sliceOf(service, [], [], 0)];
  return groups.flatMap(({ ports, addresses: members }) =>
    chunks(members, ENDPOINTS_PER_SLICE).map((chunk, at) => sliceOf(service, ports, chunk, at)),
  );
};

const sliceOf = (
  service: Service,
  ports: readonly EndpointPort[],
  addresses: readonly ServiceAddress[],
  at: number,
): EndpointSlice => {
  const { name, namespace } = service.metadata;
  const hash = createHash("sha256")
    .update(JSON.stringify([ports, at]))
    .digest("hex")
    .slice(0, 8);
  return {
    ...ENDPOINT_SLICE,
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespace ?? "",
      labels: {
        ...service.metadata.labels,
        [SERVICE_NAME]: name,
        [MANAGED_BY]: SLICE_MANAGER,
        ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: "IPv4",
    endpoints: addresses.map(endpointOf),
    ports: [...ports],
  };
};

export const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === "None";

const endpointOf = (address: ServiceAddress): object => {
  const { ip, ready, serving, terminating, hostname, pod } = address;
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: targetOf(address),
  };
};

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

import type { Pod, Service, ServicePort } from "../kinds.ts";
import { isDeleting } from "../owners.ts";
import { isFinished, isReady } from "../pods.ts";

export interface EndpointPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** A pod behind a service. */
export interface ServiceAddress {
  readonly ip: string;
  readonly pod: Pod;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly hostname: string | undefined;
  /** A named port may be another number in another pod. */
  readonly ports: readonly EndpointPort[];
}

/** The pods of a service that can be reached, in a stable order. */
export const addressesOf = (service: Service, pods: readonly Pod[]): ServiceAddress[] =>
  pods
    .flatMap((pod) => {
      const ip = pod.status?.podIP ?? "";
      if (ip === "" || isFinished(pod)) return [];
      const serving = isReady(pod);
      const terminating = isDeleting(pod);
      const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
      const { hostname, subdomain } = pod.spec;
      const isNamed = hostname !== undefined && hostname !== "" && subdomain === service.metadata.name;
      const ports = (service.spec.ports ?? []).flatMap((port) => endpointPort(port, pod));
      return [{ ip, pod, ready, serving, terminating, hostname: isNamed ? hostname : undefined, ports }];
    })
    .sort((a, b) => (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1));

/** Nothing where the pod has no port of that name. */
const endpointPort = (port: ServicePort, pod: Pod): EndpointPort[] => {
  const { name = "", protocol = "TCP", targetPort, appProtocol } = port;
  const number = typeof targetPort === "string" ? namedPort(pod, targetPort, protocol) : targetPort || port.port;
  return number === undefined
    ? []
    : [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
};

const namedPort = ({ spec }: Pod, name: string, protocol: string): number | undefined => {
  // Init containers that run beside the others serve too.
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name && (port.protocol ?? "TCP") === protocol)?.containerPort;
};

export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly addresses: readonly ServiceAddress[];
}

/** Addresses by the ports they serve. */
export const groupByPorts = (addresses: readonly ServiceAddress[]): PortGroup[] => {
  const groups = new Map<string, ServiceAddress[]>();
  for (const address of addresses) {
    const key = JSON.stringify(address.ports);
    groups.set(key, [...(groups.get(key) ?? []), address]);
  }
  return [...groups.values()].map((members) => ({ ports: members[0]?.ports ?? [], addresses: members }));
};

export const targetOf = ({ pod }: ServiceAddress): object => ({
  kind: "Pod",
  name: pod.metadata.name,
  namespace: pod.metadata.namespace,
  uid: pod.metadata.uid,
});

import net from "node:net";
import { protocolOf, type Service, type ServicePort } from "./kinds.ts";

/** One address on which a service port has to be listened on. */
export interface Binding {
  readonly service: Service;
  readonly port: ServicePort;
  readonly address: string;
  readonly listenPort: number;
  readonly nodePort: boolean;
}

export const nameOf = ({ metadata }: Pick<Service, "metadata">): string =>
  `${metadata.namespace ?? ""}/${metadata.name}`;

/** Key of a binding: stays the same while the same listener serves it. */
export const bindingKey = ({ service, port, address, listenPort, nodePort }: Binding): string =>
  `${nameOf(service)}:${port.port}${nodePort ? "/node" : ""}@${address}:${listenPort}`;

/** The listeners of a service. Headless services and external names have none, nor have ports that are not TCP. */
export const bindingsOf = (service: Service): Binding[] => {
  const { type, clusterIP = "", ports = [] } = service.spec ?? {};
  if (type === "ExternalName" || !net.isIP(clusterIP)) return [];
  return ports
    .filter((port) => protocolOf(port) === "TCP")
    .flatMap((port) => [
      { service, port, address: clusterIP, listenPort: port.port, nodePort: false },
      ...(port.nodePort === undefined || port.nodePort === 0
        ? []
        : [{ service, port, address: "127.0.0.1", listenPort: port.nodePort, nodePort: true }]),
    ]);
};

/** The ports of a service that cannot be served at all. */
export const unsupportedPorts = (service: Service): readonly ServicePort[] =>
  service.spec?.type === "ExternalName" ? [] : (service.spec?.ports ?? []).filter((port) => protocolOf(port) !== "TCP");

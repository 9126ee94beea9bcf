import { portName } from "../../../crds/names.ts";
import type { EndpointTemplate } from "../../../crds/types.ts";

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
  /** Every endpoint on this port speaks gRPC: HTTP/2 without TLS. */
  readonly isGrpc: boolean;
}

/** The ports that the endpoints name, each once, in their order. */
export const portsOf = (templates: readonly EndpointTemplate[]): Port[] => {
  const ports = new Map<string, Port>();
  for (const { spec } of templates) {
    const { port } = spec.service;
    const protocol = spec.type === "UDP" ? "UDP" : "TCP";
    const name = portName(port, protocol);
    const isGrpc = spec.type === "gRPC" && (ports.get(name)?.isGrpc ?? true);
    ports.set(name, { name, port, protocol, isGrpc });
  }
  return [...ports.values()];
};

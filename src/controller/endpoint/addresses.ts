import { serviceName } from "../../crds/names.ts";
import { namespaceOf } from "../deployment/slot.ts";
import type { EndpointInput } from "./input.ts";
import { basePathOf, type Exposure } from "./routes.ts";

export interface Address {
  readonly visibility: Exposure["visibility"] | "project";
  readonly url: string;
}

const SCHEMES: Readonly<Record<EndpointInput["spec"]["type"], string>> = {
  HTTP: "http",
  REST: "http",
  GraphQL: "http",
  Websocket: "ws",
  gRPC: "grpc",
  TCP: "tcp",
  UDP: "udp",
};

/**
 * Every URL under which an endpoint answers, the one for most people first: by the open routes, and inside its own
 * namespace. `gatewayPort` is the loopback port of the external gateway; undefined leaves it out.
 */
export const addressesOf = (
  input: EndpointInput,
  open: readonly Exposure[],
  gatewayPort: number | undefined,
): Address[] => [
  ...open.map(({ visibility, host, path }) => {
    const port = visibility === "public" && gatewayPort !== undefined && gatewayPort !== 443 ? `:${gatewayPort}` : "";
    return { visibility, url: `https://${host}${port}${input.spec.type === "gRPC" ? "/" : path}` };
  }),
  { visibility: "project", url: projectUrl(input) },
];

/** Plain, by the Service: whoever may use it is in the same namespace. */
const projectUrl = (input: EndpointInput): string => {
  const { component, track, slot, spec } = input;
  const host = `${serviceName(component, track)}.${namespaceOf(slot)}.svc.cluster.local:${spec.service.port}`;
  const hasPath = SCHEMES[spec.type] === "http" || SCHEMES[spec.type] === "ws";
  return `${SCHEMES[spec.type]}://${host}${hasPath ? basePathOf(input) : ""}`;
};

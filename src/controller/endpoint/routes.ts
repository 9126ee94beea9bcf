import path from "node:path";
import { SYSTEM_NAMESPACE } from "../../addons/inventory.ts";
import { routeName, serviceName } from "../../crds/names.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../deployment/slot.ts";
import { hostOf, type Visibility } from "./hostname.ts";
import type { EndpointInput } from "./input.ts";

export const HTTP_ROUTE = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" } as const;
export const GRPC_ROUTE = { apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute" } as const;

export const GATEWAYS = { public: "gateway-external", organization: "gateway-internal" } as const;

/** One way into a component from outside its namespace. */
export interface Exposure {
  readonly visibility: Visibility;
  readonly host: string;
  /** Path prefix; for gRPC the service that is matched, `/` for all. */
  readonly path: string;
  /** Ways to prove who calls that the endpoint asks for. */
  readonly securitySchemes: readonly string[];
}

/** The ways in that an endpoint asks for. */
export const exposuresOf = (input: EndpointInput): Exposure[] => {
  const { componentType, spec } = input;
  if (!isRoutable(input)) return [];
  const visibilities = spec.networkVisibilities;
  // A web application is for browsers: who may come in is not asked. Without visibilities everybody may.
  const isPublic = componentType === "WebApplication" || visibilities === undefined || visibilities.public?.enable;
  const isInternal = componentType !== "WebApplication" && visibilities?.organization?.enable;
  return [
    ...(isPublic === true ? [exposure(input, "public")] : []),
    ...(isInternal === true ? [exposure(input, "organization")] : []),
  ];
};

/** Whether the gateways can carry the endpoint's protocol: TCP and UDP have no hosts to tell components apart by. */
export const isRoutable = ({ spec }: EndpointInput): boolean => spec.type !== "TCP" && spec.type !== "UDP";

/** The route of one exposure. */
export const renderRoute = (input: EndpointInput, exposure: Exposure): AnyObject => {
  const { endpoint, component, track, slot, componentType, spec } = input;
  const gateway = GATEWAYS[exposure.visibility];
  const backendRefs = [{ name: serviceName(component, track), port: spec.service.port }];
  return {
    ...(spec.type === "gRPC" ? GRPC_ROUTE : HTTP_ROUTE),
    metadata: {
      name: routeName(gateway, endpoint),
      namespace: namespaceOf(slot),
      labels: workloadLabels(slot, componentType),
    },
    spec: {
      parentRefs: [{ name: gateway, namespace: SYSTEM_NAMESPACE }],
      hostnames: [exposure.host],
      rules: [{ ...matching(input, exposure), backendRefs }],
    },
  };
};

/** The path that the component itself starts at, from the root and without a slash at the end. */
export const basePathOf = ({ spec }: Pick<EndpointInput, "spec">): string => cleanPath(spec.service.basePath ?? "");

const exposure = (input: EndpointInput, visibility: Visibility): Exposure => {
  const settings = input.spec.networkVisibilities?.[visibility]?.apiSettings ?? input.spec.apiSettings;
  return {
    visibility,
    host: hostOf(input, visibility),
    path: publicPathOf(input),
    securitySchemes: settings?.securitySchemes ?? [],
  };
};

/** Services share a host, so their paths start with project and component. */
const publicPathOf = (input: EndpointInput): string => {
  const basePath = basePathOf(input);
  return input.componentType === "Service" && input.spec.type !== "gRPC"
    ? cleanPath(`${input.project}/${input.component}/${basePath}`)
    : basePath;
};

const matching = (input: EndpointInput, exposure: Exposure): object => {
  if (input.spec.type === "gRPC") {
    return exposure.path === "/" ? {} : { matches: [{ method: { type: "Exact", service: exposure.path.slice(1) } }] };
  }
  const basePath = basePathOf(input);
  const rewrite = { path: { type: "ReplacePrefixMatch", replacePrefixMatch: basePath } };
  return {
    matches: [{ path: { type: "PathPrefix", value: exposure.path } }],
    ...(basePath !== exposure.path && { filters: [{ type: "URLRewrite", urlRewrite: rewrite }] }),
  };
};

const cleanPath = (text: string): string => {
  const clean = path.posix.normalize(`/${text}`);
  return clean === "/" ? clean : clean.replace(/\/$/, "");
};

import type { Component, DataPlane, DeploymentTrack, Endpoint, Environment, Project } from "../../crds/types.ts";
import { HierarchyMissing, foreignOrganization, nameOf, requireDataPlane, requireParent } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { requireSlot, type Slot } from "../deployment/slot.ts";

/** Everything that routes and addresses are made from. */
export interface EndpointInput {
  readonly slot: Slot;
  /** Object names; paths, hosts and the Service's name are made from them. */
  readonly endpoint: string;
  readonly project: string;
  readonly component: string;
  readonly track: string;
  readonly environment: string;
  readonly componentType: string;
  readonly dnsPrefix: string;
  /** Domains of the data plane's gateways. */
  readonly domains: { readonly public: string; readonly organization: string };
  readonly spec: Endpoint["spec"];
}

export interface ResolvedEndpoint {
  readonly input: EndpointInput;
  readonly plane: DataPlane;
}

/** Looks up what an Endpoint is made from. Throws HierarchyMissing that says what is missing. */
export const resolveEndpoint = (endpoint: Endpoint, context: Pick<ReconcileContext, "cache">): ResolvedEndpoint => {
  const slot = requireSlot(endpoint);
  const foreign = foreignOrganization(context, endpoint);
  if (foreign !== undefined) throw new HierarchyMissing(foreign);
  const project: Project = requireParent(context, endpoint, "Project");
  const component: Component = requireParent(context, endpoint, "Component");
  const track: DeploymentTrack = requireParent(context, endpoint, "DeploymentTrack");
  const environment: Environment = requireParent(context, endpoint, "Environment");
  const plane = requireDataPlane(context, environment);
  const { publicVirtualHost, organizationVirtualHost } = plane.spec.gateway;
  const input = {
    slot,
    endpoint: endpoint.metadata.name,
    project: project.metadata.name,
    component: component.metadata.name,
    track: track.metadata.name,
    environment: environment.metadata.name,
    componentType: component.spec.type ?? "",
    dnsPrefix: environment.spec.gateway?.dnsPrefix ?? nameOf(environment),
    domains: { public: publicVirtualHost, organization: organizationVirtualHost },
    spec: endpoint.spec,
  };
  return { input, plane };
};

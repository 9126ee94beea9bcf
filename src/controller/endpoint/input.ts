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

/** The objects that an Endpoint is made from. */
export interface EndpointParents {
  readonly project: Project;
  readonly component: Component;
  readonly track: DeploymentTrack;
  readonly environment: Environment;
  readonly plane: DataPlane;
}

/** Looks up what an Endpoint is made from. Throws HierarchyMissing that says what is missing. */
export const resolveEndpoint = (endpoint: Endpoint, context: Pick<ReconcileContext, "cache">): ResolvedEndpoint =>
  resolvedWith(endpoint, parentsOf(endpoint, context));

export const parentsOf = (endpoint: Endpoint, context: Pick<ReconcileContext, "cache">): EndpointParents => {
  const foreign = foreignOrganization(context, endpoint);
  if (foreign !== undefined) throw new HierarchyMissing(foreign);
  const project = requireParent(context, endpoint, "Project");
  const component = requireParent(context, endpoint, "Component");
  const track = requireParent(context, endpoint, "DeploymentTrack");
  const environment = requireParent(context, endpoint, "Environment");
  return { project, component, track, environment, plane: requireDataPlane(context, environment) };
};

export const resolvedWith = (endpoint: Endpoint, parents: EndpointParents): ResolvedEndpoint => {
  const { project, component, track, environment, plane } = parents;
  const slot = requireSlot(endpoint);
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

import type { Service } from "../proxy/kinds.ts";
import { type BackendRef, GROUP, type ReferenceGrant } from "./kinds.ts";
import { type Backend, compileFilters } from "./rule.ts";

export interface Reference {
  readonly fromKind: "Gateway" | "HTTPRoute";
  readonly fromNamespace: string;
  readonly toGroup: string;
  readonly toKind: string;
  readonly toNamespace: string;
  readonly toName: string;
}

/** Whether the owner of the target allows the reference. Within a namespace everything is allowed. */
export const isPermitted = (grants: readonly ReferenceGrant[], reference: Reference): boolean =>
  reference.fromNamespace === reference.toNamespace ||
  grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === reference.toNamespace &&
      spec.from.some(
        ({ group, kind, namespace }) =>
          group === GROUP && kind === reference.fromKind && namespace === reference.fromNamespace,
      ) &&
      spec.to.some(
        ({ group, kind, name }) =>
          group === reference.toGroup && kind === reference.toKind && (name ?? reference.toName) === reference.toName,
      ),
  );

/** Why a reference leads nowhere, as a reason and message of the condition ResolvedRefs. */
export interface Unresolved {
  readonly reason: string;
  readonly message: string;
}

export interface ResolvedBackend {
  readonly backend: Backend;
  readonly unresolved?: Unresolved;
}

/** What a route's reference to a backend means. Fails with `E_MANIFEST` for filters that are not supported. */
export const resolveBackend = (
  ref: BackendRef,
  routeNamespace: string,
  world: {
    readonly grants: readonly ReferenceGrant[];
    readonly service: (namespace: string, name: string) => Service | undefined;
  },
): ResolvedBackend => {
  const { group = "", kind = "Service", namespace = routeNamespace, name, port, weight = 1 } = ref;
  const filters = compileFilters(ref.filters);
  const refuse = (reason: string, message: string): ResolvedBackend => ({
    backend: { weight, filters, problem: message },
    unresolved: { reason, message },
  });
  const shown = `Service ${namespace}/${name}`;
  if (group !== "" || kind !== "Service") return refuse("InvalidKind", `${kind}.${group} ${name} is no Service`);
  const reference = { fromKind: "HTTPRoute", fromNamespace: routeNamespace, toGroup: group, toKind: kind } as const;
  if (!isPermitted(world.grants, { ...reference, toNamespace: namespace, toName: name })) {
    return refuse(
      "RefNotPermitted",
      `no ReferenceGrant in ${namespace} allows routes of ${routeNamespace} to use ${shown}`,
    );
  }
  const service = world.service(namespace, name);
  if (service === undefined) return refuse("BackendNotFound", `${shown} does not exist`);
  const { type, ports = [] } = service.spec ?? {};
  // A name outside the cluster could be any machine's, also this one's.
  if (type === "ExternalName") return refuse("UnsupportedProtocol", `${shown} is of type ExternalName`);
  if (port === undefined || !ports.some((candidate) => candidate.port === port)) {
    return refuse("BackendNotFound", `${shown} has no port ${port ?? "(none is named)"}`);
  }
  return { backend: { weight, filters, service: { namespace, name, port } } };
};

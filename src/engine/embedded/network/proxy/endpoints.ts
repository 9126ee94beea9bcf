import type { EndpointSlice, SliceEndpoint } from "./kinds.ts";

/** Where a connection goes to. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly pod?: { readonly namespace: string; readonly name: string };
}

/**
 * The targets of one port of a service: the ready endpoints of its slices; when none is ready, those that still serve
 * while they terminate.
 */
export const targetsOf = (slices: Iterable<EndpointSlice>, portName: string): readonly Target[] => {
  const ready = new Map<string, Target>();
  const draining = new Map<string, Target>();
  for (const slice of slices) {
    if (slice.addressType === "FQDN") continue;
    for (const { name, port, protocol } of slice.ports ?? []) {
      if ((name ?? "") !== portName || (protocol ?? "TCP") !== "TCP" || typeof port !== "number") continue;
      for (const endpoint of slice.endpoints ?? []) {
        const list = isReady(endpoint) ? ready : isDraining(endpoint) ? draining : undefined;
        const target = targetOf(endpoint, port, slice);
        // One endpoint may be in two slices while it moves between them.
        if (target !== undefined) list?.set(keyOf(target), target);
      }
    }
  }
  return [...(ready.size > 0 ? ready : draining).values()];
};

export const keyOf = ({ address, port }: Target): string => `${address}:${port}`;

const isReady = ({ conditions }: SliceEndpoint): boolean => conditions?.ready ?? true;

const isDraining = ({ conditions }: SliceEndpoint): boolean =>
  (conditions?.serving ?? false) && (conditions?.terminating ?? false);

/** The first address of an endpoint stands for all of them. */
const targetOf = ({ addresses, targetRef }: SliceEndpoint, port: number, slice: EndpointSlice): Target | undefined => {
  const [address] = addresses;
  if (address === undefined) return undefined;
  if (targetRef?.kind !== "Pod" || targetRef.name === undefined) return { address, port };
  const namespace = targetRef.namespace ?? slice.metadata.namespace ?? "";
  return { address, port, pod: { namespace, name: targetRef.name } };
};

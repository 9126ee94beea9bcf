import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import type { IsolationInput } from "./render/input.ts";
import { type AddressRanges, CILIUM_POLICY } from "./render/network-policy.ts";

const SERVICE_CIDR = { apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR" } as const;
const NODE = { apiVersion: "v1", kind: "Node" } as const;

interface NodeFields {
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

/** Which policy a data plane understands, and what a plain one has to know about the cluster. */
export const resolveIsolation = async (
  plane: KubeClient,
  call: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<IsolationInput> => {
  if (await plane.hasKind(CILIUM_POLICY, call)) return { by: "cilium" };
  const nodes = await plane.list(NODE, call);
  const services = (await plane.hasKind(SERVICE_CIDR, call)) ? await plane.list(SERVICE_CIDR, call) : { items: [] };
  return { by: "networkpolicy", cluster: rangesOf(nodes.items, services.items) };
};

/** Addresses of pods, nodes and services: "the world" must not mean them. */
const rangesOf = (nodes: readonly AnyObject[], services: readonly AnyObject[]): AddressRanges => {
  const blocks = [
    ...(nodes as readonly (AnyObject & NodeFields)[]).flatMap(({ spec, status }) => [
      ...(spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR])),
      ...(status?.addresses ?? [])
        .filter(({ type }) => type === "InternalIP")
        .map(({ address }) => `${address}/${address.includes(":") ? 128 : 32}`),
    ]),
    ...services.flatMap((one) => (one as { spec?: { cidrs?: string[] } }).spec?.cidrs ?? []),
  ];
  const sorted = [...new Set(blocks)].sort();
  return { v4: sorted.filter((block) => !block.includes(":")), v6: sorted.filter((block) => block.includes(":")) };
};

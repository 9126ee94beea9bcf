import { SYSTEM_NAMESPACE } from "../../../addons/inventory.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceLabels, namespaceOf } from "../slot.ts";
import type { RenderInput } from "./input.ts";

/** Address blocks of a cluster's own pods, services and nodes. */
export interface AddressRanges {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** Its type where the data plane has Cilium. */
export const CILIUM_POLICY = { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy" } as const;
const NETWORK_POLICY = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" } as const;

const NAME = "default-policy";
const GATEWAY_LABEL = "core.choreo.dev/gateway";

/**
 * Keeps other projects out of a namespace. It is one for all components of the namespace and goes with it. With Cilium,
 * policies of the whole data plane open DNS, the world and the gateways; without, this one policy says it all.
 */
export const renderNetworkPolicy = ({ slot, isolation }: Pick<RenderInput, "slot" | "isolation">): AnyObject => {
  const metadata = { name: NAME, namespace: namespaceOf(slot), labels: namespaceLabels(slot) };
  return isolation.by === "cilium"
    ? { ...CILIUM_POLICY, metadata, spec: ciliumSpec() }
    : { ...NETWORK_POLICY, metadata, spec: networkPolicySpec(isolation.cluster) };
};

const ciliumSpec = (): object => ({
  endpointSelector: {},
  ingress: [{ fromEndpoints: [{}] }],
  egress: [{ toEndpoints: [{}] }],
});

const networkPolicySpec = (cluster: AddressRanges): object => ({
  podSelector: {},
  policyTypes: ["Ingress", "Egress"],
  ingress: [
    { from: [{ podSelector: {} }] },
    { from: [gateways({ matchExpressions: [{ key: GATEWAY_LABEL, operator: "Exists" }] })] },
  ],
  egress: [
    { to: [{ podSelector: {} }] },
    {
      to: [{ ...inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    },
    { to: [gateways({ matchLabels: { [GATEWAY_LABEL]: "internal" } })] },
    { to: [worldExcept("0.0.0.0/0", cluster.v4), worldExcept("::/0", cluster.v6)] },
  ],
});

const gateways = (podSelector: object): object => ({ ...inNamespace(SYSTEM_NAMESPACE), podSelector });

const inNamespace = (name: string): object => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

const worldExcept = (cidr: string, except: readonly string[]): object => ({
  ipBlock: { cidr, ...(except.length > 0 && { except }) },
});

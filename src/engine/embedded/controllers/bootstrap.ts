import type { AnyObject } from "../../../k8s/types.ts";
import { defaultRoles } from "./default-roles.ts";

export interface BootstrapOptions {
  /** Address of the Service `kubernetes`: the first of the service range. Default 10.96.0.1. */
  readonly serviceIP?: string;
  /** Port the API server listens on. Default 6443. */
  readonly port?: number;
}

/** Where every API server of this engine listens. */
const ADDRESS = "127.0.0.1";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** What an API server makes by itself in every cluster, in the order it can be made. */
export const bootstrapObjects = ({ serviceIP = "10.96.0.1", port = 6443 }: BootstrapOptions = {}): AnyObject[] => [
  ...SYSTEM_NAMESPACES.map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
  })),
  priorityClass(
    "system-cluster-critical",
    2_000_000_000,
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  ),
  priorityClass(
    "system-node-critical",
    2_000_001_000,
    "Used for system critical pods that must not be moved from their current node.",
  ),
  ...defaultRoles(),
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: serviceIP,
      clusterIPs: [serviceIP],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
    },
  },
  {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default", labels: { [SKIP_MIRROR]: "true" } },
    subsets: [{ addresses: [{ ip: ADDRESS }], ports: [{ name: "https", port, protocol: "TCP" }] }],
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [ADDRESS], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  },
];

const priorityClass = (name: string, value: number, description: string): AnyObject => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
  globalDefault: false,
  preemptionPolicy: "PreemptLowerPriority",
  description,
});

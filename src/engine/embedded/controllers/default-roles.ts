import type { AnyObject } from "../../../k8s/types.ts";

const RBAC = "rbac.authorization.k8s.io";
const BOOTSTRAPPING = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const ALL = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/**
 * Of Kubernetes' roles those for people: `cluster-admin`, which the administrators have, and for namespaces `view`, `edit`,
 * which has what `view` has, and `admin`, which has what `edit` has. Each of the three is the sum of all roles with its label,
 * so that what brings new kinds adds to them. As Kubernetes 1.34 makes them.
 */
export const defaultRoles = (): AnyObject[] => [
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "cluster-admin", labels: BOOTSTRAPPING },
    rules: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "cluster-admin", labels: BOOTSTRAPPING },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: RBAC, kind: "Group", name: "system:masters" }],
  },
  sumOf("admin"),
  sumOf("edit", "admin"),
  sumOf("view", "edit"),
  part("admin", ADMIN),
  part("edit", EDIT),
  part("view", VIEW),
];

const label = (name: string): string => `${RBAC}/aggregate-to-${name}`;

const sumOf = (name: string, larger?: string): AnyObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: "ClusterRole",
  metadata: { name, labels: { ...BOOTSTRAPPING, ...(larger === undefined ? {} : { [label(larger)]: "true" }) } },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label(name)]: "true" } }] },
  rules: null,
});

const part = (name: string, rules: readonly object[]): AnyObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: "ClusterRole",
  metadata: { name: `system:aggregate-to-${name}`, labels: { ...BOOTSTRAPPING, [label(name)]: "true" } },
  rules,
});

const ADMIN = [
  { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["localsubjectaccessreviews"] },
  { verbs: ALL, apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings", "roles"] },
];

const EDIT = [
  {
    verbs: READ,
    apiGroups: [""],
    resources: ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"],
  },
  { verbs: ["impersonate"], apiGroups: [""], resources: ["serviceaccounts"] },
  { verbs: WRITE, apiGroups: [""], resources: ["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"] },
  { verbs: ["create"], apiGroups: [""], resources: ["pods/eviction"] },
  {
    verbs: WRITE,
    apiGroups: [""],
    resources: [
      "configmaps",
      "events",
      "persistentvolumeclaims",
      "replicationcontrollers",
      "replicationcontrollers/scale",
      "secrets",
      "serviceaccounts",
      "services",
      "services/proxy",
    ],
  },
  { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
  {
    verbs: WRITE,
    apiGroups: ["apps"],
    resources: [
      "daemonsets",
      "deployments",
      "deployments/rollback",
      "deployments/scale",
      "replicasets",
      "replicasets/scale",
      "statefulsets",
      "statefulsets/scale",
    ],
  },
  { verbs: WRITE, apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"] },
  { verbs: WRITE, apiGroups: ["batch"], resources: ["cronjobs", "jobs"] },
  {
    verbs: WRITE,
    apiGroups: ["extensions"],
    resources: [
      "daemonsets",
      "deployments",
      "deployments/rollback",
      "deployments/scale",
      "ingresses",
      "networkpolicies",
      "replicasets",
      "replicasets/scale",
      "replicationcontrollers/scale",
    ],
  },
  { verbs: WRITE, apiGroups: ["policy"], resources: ["poddisruptionbudgets"] },
  { verbs: WRITE, apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"] },
  { verbs: ALL, apiGroups: ["coordination.k8s.io"], resources: ["leases"] },
  { verbs: WRITE, apiGroups: ["resource.k8s.io"], resources: ["resourceclaims", "resourceclaimtemplates"] },
];

const VIEW = [
  {
    verbs: READ,
    apiGroups: [""],
    resources: [
      "configmaps",
      "endpoints",
      "persistentvolumeclaims",
      "persistentvolumeclaims/status",
      "pods",
      "replicationcontrollers",
      "replicationcontrollers/scale",
      "serviceaccounts",
      "services",
      "services/status",
    ],
  },
  {
    verbs: READ,
    apiGroups: [""],
    resources: [
      "bindings",
      "events",
      "limitranges",
      "namespaces/status",
      "pods/log",
      "pods/status",
      "replicationcontrollers/status",
      "resourcequotas",
      "resourcequotas/status",
    ],
  },
  { verbs: READ, apiGroups: [""], resources: ["namespaces"] },
  { verbs: READ, apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
  {
    verbs: READ,
    apiGroups: ["apps"],
    resources: [
      "controllerrevisions",
      "daemonsets",
      "daemonsets/status",
      "deployments",
      "deployments/scale",
      "deployments/status",
      "replicasets",
      "replicasets/scale",
      "replicasets/status",
      "statefulsets",
      "statefulsets/scale",
      "statefulsets/status",
    ],
  },
  {
    verbs: READ,
    apiGroups: ["autoscaling"],
    resources: ["horizontalpodautoscalers", "horizontalpodautoscalers/status"],
  },
  { verbs: READ, apiGroups: ["batch"], resources: ["cronjobs", "cronjobs/status", "jobs", "jobs/status"] },
  {
    verbs: READ,
    apiGroups: ["extensions"],
    resources: [
      "daemonsets",
      "daemonsets/status",
      "deployments",
      "deployments/scale",
      "deployments/status",
      "ingresses",
      "ingresses/status",
      "networkpolicies",
      "replicasets",
      "replicasets/scale",
      "replicasets/status",
      "replicationcontrollers/scale",
    ],
  },
  { verbs: READ, apiGroups: ["policy"], resources: ["poddisruptionbudgets", "poddisruptionbudgets/status"] },
  { verbs: READ, apiGroups: ["networking.k8s.io"], resources: ["ingresses", "ingresses/status", "networkpolicies"] },
  {
    verbs: READ,
    apiGroups: ["resource.k8s.io"],
    resources: ["resourceclaims", "resourceclaims/status", "resourceclaimtemplates"],
  },
];

import { CRON_JOB_KIND, JOB_KIND } from "./jobs.ts";
import type { BuiltinKind } from "./kind.ts";
import {
  AUTOSCALER_KIND,
  CLAIM_KIND,
  CONFIG_MAP_KIND,
  COUNTED_KIND,
  ENDPOINTS_KIND,
  ENDPOINT_SLICE_KIND,
  EVENT_KIND,
  INGRESS_CLASS_KIND,
  LEASE_KIND,
  NAMESPACE_KIND,
  NETWORK_POLICY_KIND,
  NODE_KIND,
  PRIORITY_CLASS_KIND,
  RBAC_KIND,
  ROLE_BINDING_KIND,
  SECRET_KIND,
  STORAGE_CLASS_KIND,
  VOLUME_KIND,
} from "./plain.ts";
import { POD_KIND } from "./pods.ts";
import { SERVICE_KIND } from "./services.ts";
import {
  DAEMON_SET_KIND,
  DEPLOYMENT_KIND,
  POD_TEMPLATE_KIND,
  REPLICATION_CONTROLLER_KIND,
  REPLICA_SET_KIND,
  STATEFUL_SET_KIND,
} from "./workloads.ts";

/** The rules of a kind's own, if it has any; all kinds share those of rules/builtin.ts. */
export const builtinKind = ({ group, kind }: { readonly group: string; readonly kind: string }): BuiltinKind => {
  const key = group === "" ? kind : `${kind}.${group}`;
  return Object.hasOwn(KINDS, key) ? (KINDS[key] ?? {}) : {};
};

const KINDS: Readonly<Record<string, BuiltinKind>> = {
  Pod: POD_KIND,
  PodTemplate: POD_TEMPLATE_KIND,
  ReplicationController: REPLICATION_CONTROLLER_KIND,
  "Deployment.apps": DEPLOYMENT_KIND,
  "ReplicaSet.apps": REPLICA_SET_KIND,
  "StatefulSet.apps": STATEFUL_SET_KIND,
  "DaemonSet.apps": DAEMON_SET_KIND,
  "Job.batch": JOB_KIND,
  "CronJob.batch": CRON_JOB_KIND,
  Service: SERVICE_KIND,
  Endpoints: ENDPOINTS_KIND,
  "EndpointSlice.discovery.k8s.io": ENDPOINT_SLICE_KIND,
  Namespace: NAMESPACE_KIND,
  Node: NODE_KIND,
  Secret: SECRET_KIND,
  ConfigMap: CONFIG_MAP_KIND,
  Event: EVENT_KIND,
  "Event.events.k8s.io": EVENT_KIND,
  "Lease.coordination.k8s.io": LEASE_KIND,
  "Role.rbac.authorization.k8s.io": RBAC_KIND,
  "ClusterRole.rbac.authorization.k8s.io": RBAC_KIND,
  "RoleBinding.rbac.authorization.k8s.io": ROLE_BINDING_KIND,
  "ClusterRoleBinding.rbac.authorization.k8s.io": ROLE_BINDING_KIND,
  "NetworkPolicy.networking.k8s.io": NETWORK_POLICY_KIND,
  "Ingress.networking.k8s.io": COUNTED_KIND,
  "IngressClass.networking.k8s.io": INGRESS_CLASS_KIND,
  "HorizontalPodAutoscaler.autoscaling": AUTOSCALER_KIND,
  "PodDisruptionBudget.policy": COUNTED_KIND,
  "PriorityClass.scheduling.k8s.io": PRIORITY_CLASS_KIND,
  PersistentVolumeClaim: CLAIM_KIND,
  PersistentVolume: VOLUME_KIND,
  "StorageClass.storage.k8s.io": STORAGE_CLASS_KIND,
};

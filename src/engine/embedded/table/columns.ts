import type { ResourceType } from "../api/resource-type.ts";
import type { Column } from "./column.ts";
import { customColumns } from "./custom.ts";
import * as network from "./network.ts";
import * as others from "./others.ts";
import { POD_COLUMNS } from "./pods.ts";
import * as workloads from "./workloads.ts";

const known = new WeakMap<ResourceType, readonly Column[]>();

/** The columns of a resource. */
export const columnsOf = (type: ResourceType): readonly Column[] => {
  const columns = known.get(type) ?? (type.custom ? customColumns(type.columns) : builtin(type));
  known.set(type, columns);
  return columns;
};

const builtin = ({ group, kind }: ResourceType): readonly Column[] => {
  const key = group === "" ? kind : `${kind}.${group}`;
  return Object.hasOwn(COLUMNS, key) ? (COLUMNS[key] ?? []) : others.UNKNOWN_COLUMNS;
};

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: POD_COLUMNS,
  PodTemplate: workloads.POD_TEMPLATE_COLUMNS,
  ReplicationController: workloads.REPLICATION_CONTROLLER_COLUMNS,
  "Deployment.apps": workloads.DEPLOYMENT_COLUMNS,
  "ReplicaSet.apps": workloads.REPLICA_SET_COLUMNS,
  "StatefulSet.apps": workloads.STATEFUL_SET_COLUMNS,
  "DaemonSet.apps": workloads.DAEMON_SET_COLUMNS,
  "ControllerRevision.apps": others.CONTROLLER_REVISION_COLUMNS,
  "Job.batch": workloads.JOB_COLUMNS,
  "CronJob.batch": workloads.CRON_JOB_COLUMNS,
  Service: network.SERVICE_COLUMNS,
  Endpoints: network.ENDPOINTS_COLUMNS,
  "EndpointSlice.discovery.k8s.io": network.ENDPOINT_SLICE_COLUMNS,
  "Ingress.networking.k8s.io": network.INGRESS_COLUMNS,
  "IngressClass.networking.k8s.io": network.INGRESS_CLASS_COLUMNS,
  "NetworkPolicy.networking.k8s.io": network.NETWORK_POLICY_COLUMNS,
  Namespace: others.NAMESPACE_COLUMNS,
  Node: others.NODE_COLUMNS,
  ConfigMap: others.CONFIG_MAP_COLUMNS,
  Secret: others.SECRET_COLUMNS,
  ServiceAccount: others.SERVICE_ACCOUNT_COLUMNS,
  Event: others.EVENT_COLUMNS,
  "Event.events.k8s.io": others.EVENT_COLUMNS,
  "Lease.coordination.k8s.io": others.LEASE_COLUMNS,
  "RoleBinding.rbac.authorization.k8s.io": others.ROLE_BINDING_COLUMNS,
  "ClusterRoleBinding.rbac.authorization.k8s.io": others.ROLE_BINDING_COLUMNS,
  "PriorityClass.scheduling.k8s.io": others.PRIORITY_CLASS_COLUMNS,
  "StorageClass.storage.k8s.io": others.STORAGE_CLASS_COLUMNS,
  "RuntimeClass.node.k8s.io": others.RUNTIME_CLASS_COLUMNS,
  "PodDisruptionBudget.policy": others.BUDGET_COLUMNS,
  "HorizontalPodAutoscaler.autoscaling": others.AUTOSCALER_COLUMNS,
  PersistentVolume: others.VOLUME_COLUMNS,
  PersistentVolumeClaim: others.CLAIM_COLUMNS,
  ResourceQuota: others.QUOTA_COLUMNS,
  "MutatingWebhookConfiguration.admissionregistration.k8s.io": others.WEBHOOK_COLUMNS,
  "ValidatingWebhookConfiguration.admissionregistration.k8s.io": others.WEBHOOK_COLUMNS,
};

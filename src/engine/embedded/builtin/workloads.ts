import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, ensure, fill, fillZero, inner, textMap } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";
import { defaultPodTemplate } from "./pod-spec.ts";
import {
  selectorChange,
  statefulChange,
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
  validateReplicationController,
  validateStatefulSet,
} from "./validate-workload.ts";
import {
  validateDaemonSetStatus,
  validateDeploymentStatus,
  validateReplicaSetStatus,
  validateStatefulSetStatus,
} from "./validate-workload-status.ts";

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

const specOf = (object: AnyObject): Fields => inner(object, "spec") ?? {};

export const DEPLOYMENT_KIND: BuiltinKind = {
  generation: true,
  countsAnnotations: true,
  defaults: (object) => {
    const spec = specOf(object);
    fill(spec, "replicas", 1);
    defaultPodTemplate(spec);
    const strategy = ensure(spec, "strategy");
    fillZero(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") {
      const rolling = ensure(strategy, "rollingUpdate");
      fill(rolling, "maxUnavailable", "25%");
      fill(rolling, "maxSurge", "25%");
    }
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
  },
  validate: validateDeployment,
  validateUpdate: (object, old) => [...validateDeployment(object), ...selectorChange(object, old)],
  validateStatus: validateDeploymentStatus,
};

export const REPLICA_SET_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    fill(specOf(object), "replicas", 1);
    defaultPodTemplate(specOf(object));
  },
  prepareCreate: (object) => {
    object["status"] = { replicas: 0 };
  },
  validate: validateReplicaSet,
  validateUpdate: (object, old) => [...validateReplicaSet(object), ...selectorChange(object, old)],
  validateStatus: validateReplicaSetStatus,
};

export const STATEFUL_SET_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const spec = specOf(object);
    fillZero(spec, "podManagementPolicy", "OrderedReady");
    const strategy = ensure(spec, "updateStrategy");
    fillZero(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") fill(ensure(strategy, "rollingUpdate"), "partition", 0);
    const retention = ensure(spec, "persistentVolumeClaimRetentionPolicy");
    fillZero(retention, "whenDeleted", "Retain");
    fillZero(retention, "whenScaled", "Retain");
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    defaultPodTemplate(spec);
    for (const claim of (spec["volumeClaimTemplates"] as Fields[] | undefined) ?? []) {
      fillZero(claim, "kind", "PersistentVolumeClaim");
      fillZero(claim, "apiVersion", "v1");
      fill(ensure(claim, "spec"), "volumeMode", "Filesystem");
      fillZero(ensure(claim, "status"), "phase", "Pending");
    }
  },
  validate: validateStatefulSet,
  validateUpdate: (object, old) => [...validateStatefulSet(object), ...statefulChange(object, old)],
  validateStatus: validateStatefulSetStatus,
};

export const DAEMON_SET_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const spec = specOf(object);
    defaultPodTemplate(spec);
    const strategy = ensure(spec, "updateStrategy");
    fillZero(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") {
      const rolling = ensure(strategy, "rollingUpdate");
      fill(rolling, "maxUnavailable", 1);
      fill(rolling, "maxSurge", 0);
    }
    fill(spec, "revisionHistoryLimit", 10);
    const annotations = (object.metadata.annotations ??= {});
    annotations[TEMPLATE_GENERATION] ??= String(object.metadata.generation ?? 1);
  },
  prepareUpdate: (object, old) => {
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
    const isSame = isDeepStrictEqual(specOf(object)["template"], specOf(old)["template"]);
    (object.metadata.annotations ??= {})[TEMPLATE_GENERATION] = String(isSame ? before : before + 1);
  },
  validate: validateDaemonSet,
  validateUpdate: (object, old) => [...selectorChange(object, old), ...validateDaemonSet(object)],
  validateStatus: validateDaemonSetStatus,
};

export const REPLICATION_CONTROLLER_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const spec = specOf(object);
    const labels = textMap(inner(spec, "template", "metadata"), "labels");
    if (Object.keys(labels).length > 0) {
      if (Object.keys(textMap(spec, "selector")).length === 0) spec["selector"] = { ...labels };
      if (Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
    }
    fill(spec, "replicas", 1);
    defaultPodTemplate(spec);
  },
  prepareCreate: (object) => {
    object["status"] = { replicas: 0 };
  },
  validate: validateReplicationController,
  validateStatus: validateReplicaSetStatus,
};

export const POD_TEMPLATE_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => defaultPodTemplate(object),
};

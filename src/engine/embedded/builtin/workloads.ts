import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { invalidValue, required } from "../schema/cause.ts";
import { type Fields, ensure, fill, fillZero, inner, items, text, textMap } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";
import { defaultPodTemplate } from "./pod-spec.ts";
import { validatePodSpec } from "./validate-pod.ts";

const specOf = (object: AnyObject): Fields => inner(object, "spec") ?? {};

export const DEPLOYMENT_KIND: BuiltinKind = {
  generation: true,
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
  validate: (object) => workloadCauses(object),
  validateUpdate: (object, old) => [...workloadCauses(object), ...selectorChange(object, old)],
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
  validate: (object) => workloadCauses(object),
  validateUpdate: (object, old) => [...workloadCauses(object), ...selectorChange(object, old)],
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
  validate: (object) => workloadCauses(object),
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
    annotations["deprecated.daemonset.template.generation"] ??= String(object.metadata.generation ?? 1);
  },
  validate: (object) => workloadCauses(object),
  validateUpdate: (object, old) => [...workloadCauses(object), ...selectorChange(object, old)],
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
};

export const POD_TEMPLATE_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => defaultPodTemplate(object),
};

const workloadCauses = (object: AnyObject): StatusCause[] => {
  const spec = specOf(object);
  const { replicas } = spec;
  const selector = inner(spec, "selector");
  const labels = textMap(inner(spec, "template", "metadata"), "labels");
  const wanted = textMap(selector, "matchLabels");
  const isEmpty = selector === undefined || Object.keys(selector).length === 0;
  const matches = Object.entries(wanted).every(([name, value]) => labels[name] === value);
  const policy = text(inner(spec, "template", "spec"), "restartPolicy");
  return [
    ...(typeof replicas === "number" && replicas < 0
      ? [invalidValue("spec.replicas", replicas, "must be greater than or equal to 0")]
      : []),
    ...(isEmpty ? [required("spec.selector")] : []),
    ...(!isEmpty && matches
      ? []
      : [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]),
    ...validatePodSpec(inner(spec, "template", "spec"), "spec.template.spec", claimsOf(spec)),
    ...(policy === "Always" || policy === ""
      ? []
      : [
          {
            reason: "FieldValueNotSupported",
            message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`,
            field: "spec.template.spec.restartPolicy",
          },
        ]),
  ];
};

const claimsOf = (spec: Fields): string[] =>
  items(spec, "volumeClaimTemplates").map((claim) => text(inner(claim, "metadata"), "name"));

const selectorChange = (object: AnyObject, old: AnyObject): StatusCause[] => {
  const [now, before] = [specOf(object)["selector"], specOf(old)["selector"]];
  return isDeepStrictEqual(now, before) ? [] : [invalidValue("spec.selector", now, "field is immutable")];
};

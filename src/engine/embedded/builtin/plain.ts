import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, required, tooLong } from "../schema/cause.ts";
import { sameData } from "../schema/data.ts";
import { dnsLabel, pathSegment } from "../schema/names.ts";
import { type Fields, ensure, fill, fillZero, inner, items, text, texts } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";

/** Kinds with few rules of their own. */

export const NAMESPACE_KIND: BuiltinKind = {
  name: dnsLabel,
  defaults: (object) => {
    (object.metadata.labels ??= {})["kubernetes.io/metadata.name"] = object.metadata.name;
  },
  prepareCreate: (object) => {
    const spec = ensure(object, "spec");
    const finalizers = texts(spec, "finalizers");
    spec["finalizers"] = finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"];
    object["status"] = { phase: "Active" };
  },
};

export const SECRET_KIND: BuiltinKind = {
  defaults: (object) => {
    const strings = inner(object, "stringData");
    if (strings !== undefined) {
      const data = ensure(object, "data");
      for (const [key, value] of Object.entries(strings)) data[key] = Buffer.from(String(value)).toString("base64");
    }
    delete object["stringData"];
    fillZero(object, "type", "Opaque");
  },
  validate: (object) => [...dataKeys(object, ["data"]), ...neededKeys(object), ...dataSize(object, "data")],
  validateUpdate: (object, old) => [
    ...(object["type"] === old["type"] ? [] : [invalidValue("type", object["type"], "field is immutable")]),
    ...immutableData(object, old, ["data"]),
    ...dataKeys(object, ["data"]),
  ],
};

export const CONFIG_MAP_KIND: BuiltinKind = {
  validate: (object) => [
    ...dataKeys(object, ["data", "binaryData"]),
    ...dataTwice(object),
    ...dataSize(object, "data", "binaryData"),
  ],
  validateUpdate: (object, old) => [
    ...immutableData(object, old, ["data", "binaryData"]),
    ...dataKeys(object, ["data", "binaryData"]),
  ],
};

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
};

const neededKeys = (object: Fields): StatusCause[] =>
  (NEEDED[text(object, "type")] ?? [])
    .filter((key) => !Object.hasOwn(inner(object, "data") ?? {}, key))
    .map((key) => required(`data[${key}]`));

const dataTwice = (object: Fields): StatusCause[] =>
  Object.keys(inner(object, "data") ?? {})
    .filter((key) => Object.hasOwn(inner(object, "binaryData") ?? {}, key))
    .map((key) => invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData"));

const MOST_DATA = 1024 * 1024;

const dataSize = (object: Fields, ...fields: readonly string[]): StatusCause[] => {
  const sizes = fields.flatMap((field) =>
    Object.values(inner(object, field) ?? {}).map((value) => String(value).length),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return total > MOST_DATA ? [tooLong(fields.length > 1 ? "[]" : "data", MOST_DATA)] : [];
};

/** Sealed once, sealed for ever. */
const immutableData = (object: Fields, old: Fields, fields: readonly string[]): StatusCause[] => {
  if (old["immutable"] !== true) return [];
  const what = "field is immutable when `immutable` is set";
  return [
    ...(object["immutable"] === true ? [] : [forbidden("immutable", what)]),
    ...fields.flatMap((field) => (sameData(object[field] ?? {}, old[field] ?? {}) ? [] : [forbidden(field, what)])),
  ];
};

const dataKeys = (object: Fields, fields: readonly string[]): StatusCause[] =>
  fields.flatMap((field) =>
    Object.keys(inner(object, field) ?? {})
      .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
      .map((key) =>
        invalidValue(
          `${field}[${key}]`,
          key,
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
      ),
  );

export const RBAC_KIND: BuiltinKind = { name: pathSegment };

export const ROLE_BINDING_KIND: BuiltinKind = {
  name: pathSegment,
  defaults: (object) => {
    const role = inner(object, "roleRef");
    if (role !== undefined) fillZero(role, "apiGroup", "rbac.authorization.k8s.io");
    for (const subject of items(object, "subjects"))
      if (text(subject, "kind") !== "ServiceAccount") fillZero(subject, "apiGroup", "rbac.authorization.k8s.io");
  },
  validateUpdate: (object, old) =>
    sameData(object["roleRef"], old["roleRef"])
      ? []
      : [invalidValue("roleRef", goRole(inner(object, "roleRef")), "cannot change roleRef")],
};

/** As Go prints it: by the names of its struct. */
const goRole = (role: Fields | undefined): object => ({
  APIGroup: text(role, "apiGroup"),
  Kind: text(role, "kind"),
  Name: text(role, "name"),
});

export const NETWORK_POLICY_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const spec = inner(object, "spec");
    if (spec === undefined) return;
    for (const rule of [...items(spec, "ingress"), ...items(spec, "egress")])
      for (const port of items(rule, "ports")) fillZero(port, "protocol", "TCP");
    if (texts(spec, "policyTypes").length === 0)
      spec["policyTypes"] = items(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  },
};

export const ENDPOINTS_KIND: BuiltinKind = {
  defaults: (object) => {
    for (const subset of items(object, "subsets"))
      for (const port of items(subset, "ports")) fillZero(port, "protocol", "TCP");
  },
};

export const ENDPOINT_SLICE_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    for (const port of items(object, "ports")) {
      fill(port, "name", "");
      fill(port, "protocol", "TCP");
    }
  },
};

export const NODE_KIND: BuiltinKind = {
  defaults: (object) => {
    const status = inner(object, "status");
    const capacity = inner(status, "capacity");
    if (capacity !== undefined) fill(status, "allocatable", { ...capacity });
  },
  prepareCreate: (object) => {
    const spec = ensure(object, "spec");
    const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
    if (!items(spec, "taints").some(({ key, effect }) => key === taint.key && effect === taint.effect))
      spec["taints"] = [...items(spec, "taints"), taint];
  },
};

export const PRIORITY_CLASS_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => fill(object, "preemptionPolicy", "PreemptLowerPriority"),
};

export const CLAIM_KIND: BuiltinKind = {
  defaults: (object) => fill(inner(object, "spec"), "volumeMode", "Filesystem"),
  prepareCreate: (object) => {
    // Without its finalizer: nobody here would take it off.
    object["status"] = { phase: "Pending" };
  },
};

export const VOLUME_KIND: BuiltinKind = {
  defaults: (object) => {
    const spec = inner(object, "spec");
    fillZero(spec, "persistentVolumeReclaimPolicy", "Retain");
    fill(spec, "volumeMode", "Filesystem");
    const host = inner(spec, "hostPath");
    if (host !== undefined) fill(host, "type", "");
  },
  prepareCreate: (object) => {
    object["status"] = { phase: "Pending", lastPhaseTransitionTime: object.metadata.creationTimestamp };
  },
};

export const STORAGE_CLASS_KIND: BuiltinKind = {
  defaults: (object) => {
    fill(object, "reclaimPolicy", "Delete");
    fill(object, "volumeBindingMode", "Immediate");
  },
};

export const INGRESS_CLASS_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const parameters = inner(object, "spec", "parameters");
    if (parameters !== undefined) fill(parameters, "scope", "Cluster");
  },
};

export const AUTOSCALER_KIND: BuiltinKind = {
  defaults: (object) => {
    const spec = inner(object, "spec");
    fill(spec, "minReplicas", 1);
    if (spec !== undefined && items(spec, "metrics").length === 0)
      spec["metrics"] = [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ];
    const behavior = inner(spec, "behavior");
    if (behavior === undefined) return;
    const percent = { type: "Percent", value: 100, periodSeconds: 15 };
    defaultScaling(ensure(behavior, "scaleUp"), [{ type: "Pods", value: 4, periodSeconds: 15 }, percent], 0);
    defaultScaling(ensure(behavior, "scaleDown"), [percent], undefined);
  },
};

const defaultScaling = (rules: Fields, policies: readonly object[], window: number | undefined): void => {
  if (window !== undefined) fill(rules, "stabilizationWindowSeconds", window);
  fill(rules, "selectPolicy", "Max");
  if (items(rules, "policies").length === 0) rules["policies"] = policies;
};

/** Only its generation counts. */
export const COUNTED_KIND: BuiltinKind = { generation: true };

export const EVENT_KIND: BuiltinKind = { createsOnUpdate: true };
export const LEASE_KIND: BuiltinKind = { createsOnUpdate: true };

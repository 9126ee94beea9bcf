import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, inner, items, number, text, textMap, texts } from "../builtin/fields-of.ts";
import { since } from "./age.ts";
import { AGE, CREATED, type Cell, type Column, NAME, at, column, numberAt, wide } from "./column.ts";

const keysOf =
  (...fields: readonly string[]): Cell =>
  (object) =>
    fields.reduce((sum, field) => sum + Object.keys(inner(object, field) ?? {}).length, 0);

export const NAMESPACE_COLUMNS: readonly Column[] = [NAME, column("Status", at("status", "phase")), AGE];
export const CONFIG_MAP_COLUMNS: readonly Column[] = [NAME, column("Data", keysOf("data", "binaryData")), AGE];
export const SECRET_COLUMNS: readonly Column[] = [
  NAME,
  column("Type", at("type")),
  column("Data", keysOf("data")),
  AGE,
];
export const SERVICE_ACCOUNT_COLUMNS: readonly Column[] = [
  NAME,
  column("Secrets", (object) => items(object, "secrets").length),
  AGE,
];
export const LEASE_COLUMNS: readonly Column[] = [NAME, column("Holder", at("spec", "holderIdentity")), AGE];
export const RUNTIME_CLASS_COLUMNS: readonly Column[] = [NAME, column("Handler", at("handler")), AGE];
export const WEBHOOK_COLUMNS: readonly Column[] = [
  NAME,
  column("Webhooks", (object) => items(object, "webhooks").length, "integer"),
  AGE,
];

export const ROLE_BINDING_COLUMNS: readonly Column[] = [
  NAME,
  column("Role", (object) => `${text(inner(object, "roleRef"), "kind")}/${text(inner(object, "roleRef"), "name")}`),
  AGE,
  wide("Users", (object) => subjects(object, "User")),
  wide("Groups", (object) => subjects(object, "Group")),
  wide("ServiceAccounts", (object) => subjects(object, "ServiceAccount")),
];

const subjects = (object: AnyObject, kind: string): string =>
  items(object, "subjects")
    .filter((one) => one["kind"] === kind)
    .map((one) => (kind === "ServiceAccount" ? `${text(one, "namespace")}/${text(one, "name")}` : text(one, "name")))
    .join(", ");

export const PRIORITY_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  column("Value", numberAt("value"), "integer"),
  column("Global-Default", (object) => object["globalDefault"] === true, "boolean"),
  AGE,
  column("PreemptionPolicy", at("preemptionPolicy")),
];

export const STORAGE_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  column("Provisioner", at("provisioner")),
  column("ReclaimPolicy", (object) => text(object, "reclaimPolicy") || "Delete"),
  column("VolumeBindingMode", at("volumeBindingMode")),
  column("AllowVolumeExpansion", (object) => object["allowVolumeExpansion"] === true),
  AGE,
];

const ACCESS: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

const accessText = (fields: Fields | undefined): string =>
  texts(fields, "accessModes")
    .map((mode) => ACCESS[mode] ?? mode)
    .join(",");

export const VOLUME_COLUMNS: readonly Column[] = [
  NAME,
  column("Capacity", (object) => text(textMap(inner(object, "spec"), "capacity"), "storage")),
  column("Access Modes", (object) => accessText(inner(object, "spec"))),
  column("Reclaim Policy", at("spec", "persistentVolumeReclaimPolicy")),
  column("Status", (object) => terminatingOr(object)),
  column("Claim", (object) => {
    const claim = inner(object, "spec", "claimRef");
    return claim === undefined ? "" : `${text(claim, "namespace")}/${text(claim, "name")}`;
  }),
  column("StorageClass", at("spec", "storageClassName")),
  column("VolumeAttributesClass", (object) => text(inner(object, "spec"), "volumeAttributesClassName") || "<unset>"),
  column("Reason", at("status", "reason")),
  AGE,
  wide("VolumeMode", (object) => text(inner(object, "spec"), "volumeMode") || "<unset>"),
];

export const CLAIM_COLUMNS: readonly Column[] = [
  NAME,
  column("Status", (object) => terminatingOr(object)),
  column("Volume", at("spec", "volumeName")),
  column("Capacity", (object) => text(textMap(inner(object, "status"), "capacity"), "storage")),
  column("Access Modes", (object) =>
    text(inner(object, "spec"), "volumeName") === "" ? "" : accessText(inner(object, "status")),
  ),
  column("StorageClass", at("spec", "storageClassName")),
  column("VolumeAttributesClass", (object) => text(inner(object, "spec"), "volumeAttributesClassName") || "<unset>"),
  AGE,
  wide("VolumeMode", (object) => text(inner(object, "spec"), "volumeMode") || "<unset>"),
];

const terminatingOr = (object: AnyObject): string =>
  object.metadata.deletionTimestamp === undefined ? text(inner(object, "status"), "phase") : "Terminating";

export const BUDGET_COLUMNS: readonly Column[] = [
  NAME,
  column("Min Available", (object) => orNotAvailable(inner(object, "spec")?.["minAvailable"])),
  column("Max Unavailable", (object) => orNotAvailable(inner(object, "spec")?.["maxUnavailable"])),
  column("Allowed Disruptions", numberAt("status", "disruptionsAllowed"), "integer"),
  AGE,
];

const orNotAvailable = (value: unknown): string =>
  typeof value === "number" || typeof value === "string" ? String(value) : "N/A";

export const CONTROLLER_REVISION_COLUMNS: readonly Column[] = [
  NAME,
  column("Controller", (object) => {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return "<none>";
    const [group = ""] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [];
    return `${owner.kind.toLowerCase()}${group === "" ? "" : `.${group}`}/${owner.name}`;
  }),
  column("Revision", numberAt("revision"), "integer"),
  AGE,
];

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  column("Status", (node) => nodeStatus(node)),
  column("Roles", (node) => rolesOf(node) || "<none>"),
  AGE,
  column("Version", at("status", "nodeInfo", "kubeletVersion")),
  wide("Internal-IP", (node) => addressOf(node, "InternalIP")),
  wide("External-IP", (node) => addressOf(node, "ExternalIP")),
  wide("OS-Image", (node) => text(inner(node, "status", "nodeInfo"), "osImage") || "<unknown>"),
  wide("Kernel-Version", (node) => text(inner(node, "status", "nodeInfo"), "kernelVersion") || "<unknown>"),
  wide(
    "Container-Runtime",
    (node) => text(inner(node, "status", "nodeInfo"), "containerRuntimeVersion") || "<unknown>",
  ),
];

const nodeStatus = (node: AnyObject): string => {
  const ready = items(node, "status", "conditions").find((one) => one["type"] === "Ready");
  const words = [ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady"];
  if (inner(node, "spec")?.["unschedulable"] === true) words.push("SchedulingDisabled");
  return words.join(",");
};

const ROLE = "node-role.kubernetes.io/";

const rolesOf = ({ metadata }: AnyObject): string =>
  Object.entries(metadata.labels ?? {})
    .flatMap(([name, value]) =>
      name.startsWith(ROLE) && name.length > ROLE.length
        ? [name.slice(ROLE.length)]
        : name === "kubernetes.io/role" && value !== ""
          ? [value]
          : [],
    )
    .toSorted((a, b) => a.localeCompare(b))
    .join(",");

const addressOf = (node: AnyObject, type: string): string =>
  text(
    items(node, "status", "addresses").find((one) => one["type"] === type),
    "address",
  ) || "<none>";

export const EVENT_COLUMNS: readonly Column[] = [
  column("Last Seen", (event, now) => lastSeen(event, now)),
  column("Type", at("type")),
  column("Reason", at("reason")),
  column("Object", (event) => {
    const object = inner(event, "involvedObject") ?? inner(event, "regarding");
    return `${text(object, "kind").toLowerCase()}/${text(object, "name")}`;
  }),
  wide("Subobject", (event) => text(inner(event, "involvedObject") ?? inner(event, "regarding"), "fieldPath")),
  wide("Source", (event) => {
    const source = inner(event, "source") ?? inner(event, "deprecatedSource");
    const component = text(source, "component") || text(event, "reportingComponent");
    return [component, text(source, "host") || text(event, "reportingInstance")].filter(Boolean).join(", ");
  }),
  column("Message", (event) => (text(event, "message") || text(event, "note")).trim()),
  wide("First Seen", (event, now) => firstSeen(event, now)),
  wide("Count", (event) => String(countOf(event))),
  { ...NAME, priority: 1 },
];

const countOf = (event: AnyObject): number =>
  number(inner(event, "series"), "count") || number(event, "count") || number(event, "deprecatedCount") || 1;

const firstSeen = (event: AnyObject, now: number): string =>
  since(text(event, "firstTimestamp") || text(event, "deprecatedFirstTimestamp") || event["eventTime"], now);

const lastSeen = (event: AnyObject, now: number): string => {
  const last =
    text(inner(event, "series"), "lastObservedTime") ||
    text(event, "lastTimestamp") ||
    text(event, "deprecatedLastTimestamp");
  return last === "" ? firstSeen(event, now) : since(last, now);
};

export const AUTOSCALER_COLUMNS: readonly Column[] = [
  NAME,
  column("Reference", (object) => {
    const target = inner(object, "spec", "scaleTargetRef");
    return `${text(target, "kind")}/${text(target, "name")}`;
  }),
  column("Targets", (object) => targetsText(object)),
  column("MinPods", (object) => {
    const least = inner(object, "spec")?.["minReplicas"];
    return typeof least === "number" ? String(least) : "<unset>";
  }),
  column("MaxPods", numberAt("spec", "maxReplicas"), "integer"),
  column("Replicas", numberAt("status", "currentReplicas"), "integer"),
  AGE,
];

/** What is measured is never known here: nothing scales. */
const targetsText = (object: AnyObject): string =>
  items(object, "spec", "metrics")
    .map((metric) => {
      const resource = inner(metric, "resource");
      const target = inner(resource, "target");
      const wanted =
        target?.["averageUtilization"] === undefined
          ? text(target, "averageValue")
          : `${number(target, "averageUtilization")}%`;
      return `${text(resource, "name")}: <unknown>/${wanted || "<auto>"}`;
    })
    .join(", ") || "<none>";

export const QUOTA_COLUMNS: readonly Column[] = [
  NAME,
  column("Request", (object) => quotaText(object, (name) => !name.startsWith("limits."))),
  column("Limit", (object) => quotaText(object, (name) => name.startsWith("limits."))),
  AGE,
];

const quotaText = (object: AnyObject, isMeant: (name: string) => boolean): string =>
  Object.entries(textMap(inner(object, "status"), "hard"))
    .filter(([name]) => isMeant(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${text(textMap(inner(object, "status"), "used"), name) || "0"}/${hard}`)
    .join(", ");

/** Roles and definitions among them. */
export const UNKNOWN_COLUMNS: readonly Column[] = [NAME, CREATED];

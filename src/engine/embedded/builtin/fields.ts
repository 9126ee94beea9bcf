import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, inner, items, text } from "./fields-of.ts";

interface Kind {
  readonly group: string;
  readonly kind: string;
}

type Read = (object: Fields) => string;

/** Fields besides name and namespace by which objects of a built-in kind can be selected, in the order of error messages. */
export const knownFields = ({ group, kind }: Kind): readonly string[] => Object.keys(fieldsOf(group, kind));

/** Their values in an object; a field that is not set is empty. */
export const selectableFields = (object: AnyObject, { group, kind }: Kind): Record<string, string> =>
  Object.fromEntries(Object.entries(fieldsOf(group, kind)).map(([field, read]) => [field, read(object)]));

const NONE: Readonly<Record<string, Read>> = {};

const fieldsOf = (group: string, kind: string): Readonly<Record<string, Read>> => {
  const key = group === "" ? kind : `${kind}.${group}`;
  return Object.hasOwn(FIELDS, key) ? (FIELDS[key] ?? NONE) : NONE;
};

/** The value at a dotted path as text. */
const at = (path: string, otherwise = ""): [string, Read] => [path, reader(path, otherwise)];

const reader =
  (path: string, otherwise = ""): Read =>
  (object) => {
    const parts = path.split(".");
    const value = inner(object, ...parts.slice(0, -1))?.[parts.at(-1) ?? ""];
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : otherwise;
  };

const podIps: Read = (pod) => {
  const [first] = items(pod, "status", "podIPs");
  return text(first, "ip");
};

/** The reporter is the older field, where it is set. */
const eventSource: Read = (event) => reader("source.component")(event) || reader("reportingComponent")(event);

const EVENT = Object.fromEntries([
  ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map((field) =>
    at(`involvedObject.${field}`),
  ),
  at("reason"),
  at("reportingComponent"),
  ["source", eventSource] as [string, Read],
  at("type"),
]);

const EVENTS_V1 = Object.fromEntries([
  ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map((field): [string, Read] => [
    `regarding.${field}`,
    (event) => reader(`regarding.${field}`)(event) || reader(`involvedObject.${field}`)(event),
  ]),
  at("reason"),
  [
    "reportingController",
    (event: Fields) => reader("reportingController")(event) || reader("reportingComponent")(event),
  ] as [string, Read],
  at("type"),
]);

const FIELDS: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  Pod: Object.fromEntries([
    at("spec.nodeName"),
    at("spec.restartPolicy"),
    at("spec.schedulerName"),
    at("spec.serviceAccountName"),
    at("spec.hostNetwork", "false"),
    at("status.phase"),
    ["status.podIP", podIps],
    ["status.podIPs", podIps],
    at("status.nominatedNodeName"),
  ]),
  Event: EVENT,
  "Event.events.k8s.io": EVENTS_V1,
  Secret: Object.fromEntries([at("type")]),
  Service: Object.fromEntries([at("spec.clusterIP"), at("spec.type")]),
  Node: Object.fromEntries([at("spec.unschedulable", "false")]),
  Namespace: Object.fromEntries([at("status.phase")]),
  ReplicationController: Object.fromEntries([at("status.replicas", "0")]),
  "ReplicaSet.apps": Object.fromEntries([at("status.replicas", "0")]),
  "Job.batch": { "status.successful": reader("status.succeeded", "0") },
  "CertificateSigningRequest.certificates.k8s.io": Object.fromEntries([at("spec.signerName")]),
};

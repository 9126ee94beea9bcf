import type { ResourceType } from "../api/resource-type.ts";
import { type FieldSet, LEAF } from "./field-set.ts";

type Kind = Pick<ResourceType, "group" | "resource" | "custom" | "subresources">;

/** Fields that nobody owns: the server writes them, or they are what names the object. */
export const NEVER_OWNED: FieldSet = {
  "f:apiVersion": LEAF,
  "f:kind": LEAF,
  "f:metadata": {
    ".": LEAF,
    "f:clusterName": LEAF,
    "f:creationTimestamp": LEAF,
    "f:generation": LEAF,
    "f:managedFields": LEAF,
    "f:name": LEAF,
    "f:namespace": LEAF,
    "f:resourceVersion": LEAF,
    "f:selfLink": LEAF,
    "f:uid": LEAF,
  },
};

const STATUS: FieldSet = { "f:status": LEAF };
const SPEC: FieldSet = { "f:spec": LEAF };
const ALL_BUT_STATUS: FieldSet = { "f:metadata": LEAF, "f:spec": LEAF };

/** Fields that a write to an object or to a subresource of it does not change, whatever it says, with all that is in them. */
export const resetFields = (type: Kind, subresource: string | undefined): FieldSet => {
  const name = nameOf(type);
  // Kubernetes leaves its status to whoever writes it.
  if (name === "servicecidrs.networking.k8s.io") return LEAF;
  if (subresource === "status") return type.custom ? SPEC : (STATUS_RESETS[name] ?? SPEC);
  if (subresource === "approval") return { ...SPEC, "f:status": { "f:certificate": LEAF } };
  return type.subresources.some((one) => one.name === "status") ? STATUS : LEAF;
};

const nameOf = ({ group, resource }: Kind): string => (group === "" ? resource : `${resource}.${group}`);

/** Resources whose status is written with less around it, as a kube-apiserver 1.34 tracks it. */
const STATUS_RESETS: Readonly<Record<string, FieldSet>> = {
  "deployments.apps": { "f:metadata": { "f:labels": LEAF }, ...SPEC },
  pods: { "f:metadata": { "f:deletionTimestamp": LEAF, "f:ownerReferences": LEAF }, ...SPEC },
  "apiservices.apiregistration.k8s.io": ALL_BUT_STATUS,
  "customresourcedefinitions.apiextensions.k8s.io": ALL_BUT_STATUS,
  "flowschemas.flowcontrol.apiserver.k8s.io": ALL_BUT_STATUS,
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": ALL_BUT_STATUS,
  "validatingadmissionpolicies.admissionregistration.k8s.io": ALL_BUT_STATUS,
  "volumeattachments.storage.k8s.io": ALL_BUT_STATUS,
};

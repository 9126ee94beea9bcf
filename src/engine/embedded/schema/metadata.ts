import type { ObjectMeta, OwnerReference } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, required, tooLong } from "./cause.ts";
import { sameData } from "./data.ts";
import { goQuote } from "./go-text.ts";
import { dnsLabel, labelValue, type NameRule, qualifiedName } from "./names.ts";

const MOST_ANNOTATIONS = 256 * 1024;
const LONGEST_MANAGER = 128;

export interface MetadataRules {
  readonly namespaced: boolean;
  readonly name: NameRule;
}

/** What is wrong with the metadata of an object, after its name was generated. */
export const validateMetadata = (meta: ObjectMeta, rules: MetadataRules, path = "metadata"): StatusCause[] => [
  ...nameCauses(meta, rules, path),
  ...((meta.generation ?? 0) < 0
    ? [invalidValue(`${path}.generation`, meta.generation, "must be greater than or equal to 0")]
    : []),
  ...commonCauses(meta, path),
  ...finalizerCauses(meta.finalizers ?? [], `${path}.finalizers`),
  ...managedFieldsCauses(meta.managedFields ?? [], `${path}.managedFields`),
];

/** What is wrong with metadata that replaces other metadata. */
export const validateMetadataUpdate = (meta: ObjectMeta, old: ObjectMeta, path = "metadata"): StatusCause[] => [
  ...(old.deletionTimestamp === undefined ? [] : newFinalizers(meta, old, path)),
  ...((meta.resourceVersion ?? "") === ""
    ? // A number here, text elsewhere: as Kubernetes has it for custom resources.
      [invalidValue(`${path}.resourceVersion`, 0, "must be specified for an update")]
    : []),
  ...((meta.generation ?? 0) < (old.generation ?? 0)
    ? [invalidValue(`${path}.generation`, meta.generation ?? 0, "must not be decremented")]
    : []),
  ...IMMUTABLE.flatMap((field) => {
    const [is, was] = [(meta as object as Meta)[field], (old as object as Meta)[field]];
    return sameData(is ?? "", was ?? "") ? [] : [invalidValue(`${path}.${field}`, is ?? null, "field is immutable")];
  }),
  ...commonCauses(meta, path),
  ...managedFieldsCauses(meta.managedFields ?? [], `${path}.managedFields`),
];

type Meta = Readonly<Record<string, unknown>>;

const IMMUTABLE = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"];

const nameCauses = (meta: ObjectMeta, { namespaced, name: rule }: MetadataRules, path: string): StatusCause[] => {
  const { name = "", generateName = "", namespace = "" } = meta as Partial<ObjectMeta>;
  const causes: StatusCause[] = [];
  const refuse = (field: string, value: string, problems: readonly string[]): unknown =>
    causes.push(...problems.map((problem) => invalidValue(`${path}.${field}`, value, problem)));
  if (generateName !== "") refuse("generateName", generateName, rule(generateName, true));
  if (name === "") causes.push(required(`${path}.name`, "name or generateName is required"));
  else refuse("name", name, rule(name, false));
  if (!namespaced && namespace !== "") causes.push(forbidden(`${path}.namespace`, "not allowed on this type"));
  else if (namespaced && namespace === "") causes.push(required(`${path}.namespace`));
  else if (namespaced) refuse("namespace", namespace, dnsLabel(namespace));
  return causes;
};

const commonCauses = (meta: ObjectMeta, path: string): StatusCause[] => [
  ...labelCauses(meta.labels ?? {}, `${path}.labels`),
  ...annotationCauses(meta.annotations ?? {}, `${path}.annotations`),
  ...ownerCauses(meta.ownerReferences ?? [], `${path}.ownerReferences`),
];

export const labelCauses = (labels: Readonly<Record<string, string>>, path: string): StatusCause[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map((problem) => invalidValue(path, key, problem)),
    ...labelValue(value).map((problem) => invalidValue(path, value, problem)),
  ]);

export const annotationCauses = (annotations: Readonly<Record<string, string>>, path: string): StatusCause[] => {
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => qualifiedName(key.toLowerCase()).map((problem) => invalidValue(path, key, problem))),
    ...(size > MOST_ANNOTATIONS ? [tooLong(path, MOST_ANNOTATIONS)] : []),
  ];
};

const ownerCauses = (owners: readonly OwnerReference[], path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  let controller = "";
  for (const owner of owners) {
    causes.push(...oneOwnerCauses(owner, path));
    if (owner.controller !== true) continue;
    const text = `${owner.kind}/${owner.name}`;
    if (controller === "") controller = text;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${text}`;
      causes.push(invalidValue(path, owners, detail));
    }
  }
  return causes;
};

const oneOwnerCauses = (owner: OwnerReference, path: string): StatusCause[] => {
  const { apiVersion = "", kind = "", name = "", uid = "" } = owner as Partial<OwnerReference>;
  const causes: StatusCause[] = [];
  const version = apiVersion.split("/").length > 2 ? "" : apiVersion.split("/").at(-1);
  if (version === "") causes.push(invalidValue(`${path}.apiVersion`, apiVersion, "version must not be empty"));
  for (const [field, value] of Object.entries({ kind, name, uid }))
    if (value === "") causes.push(invalidValue(`${path}.${field}`, value, "must not be empty"));
  if (apiVersion === "v1" && kind === "Event")
    causes.push(invalidValue(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
  return causes;
};

const finalizerCauses = (finalizers: readonly string[], path: string): StatusCause[] => [
  ...finalizers.flatMap((name) => qualifiedName(name).map((problem) => invalidValue(path, name, problem))),
  ...(finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")
    ? [invalidValue(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set")]
    : []),
];

const newFinalizers = (meta: ObjectMeta, old: ObjectMeta, path: string): StatusCause[] => {
  const added = [...new Set(meta.finalizers ?? [])].filter((name) => !(old.finalizers ?? []).includes(name)).sort();
  if (added.length === 0) return [];
  const list = `[]string{${added.map(goQuote).join(", ")}}`;
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [forbidden(`${path}.finalizers`, detail)];
};

const managedFieldsCauses = (entries: readonly unknown[], path: string): StatusCause[] =>
  entries.flatMap((entry, index) => {
    const { operation = "", fieldsType = "", manager = "" } = entry as Readonly<Record<string, string>>;
    const at = `${path}[${index}]`;
    return [
      ...(operation === "Apply" || operation === "Update"
        ? []
        : [invalidValue(`${at}.operation`, operation, "must be `Apply` or `Update`")]),
      ...(fieldsType === "" || fieldsType === "FieldsV1"
        ? []
        : [invalidValue(`${at}.fieldsType`, fieldsType, "must be `FieldsV1`")]),
      ...(Buffer.byteLength(manager) > LONGEST_MANAGER ? [tooLong(`${at}.manager`, LONGEST_MANAGER)] : []),
    ];
  });

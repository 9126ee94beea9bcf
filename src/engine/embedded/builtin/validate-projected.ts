import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { type Fields, inner, items, number, text } from "./fields-of.ts";
import { localPath, validateItems, validateMode } from "./validate-files.ts";

const FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const FIELD_OF_MAP = /^metadata\.(labels|annotations)\['.+'\]$/;
const KINDS = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
const LEAST_SECONDS = 600;

/** A volume of a pod's own fields. Kubernetes names neither the items nor their numbers. */
export const validateDownward = (source: Fields, path: string): StatusCause[] => [
  ...validateMode(source, "defaultMode", path),
  ...items(source, "items").flatMap((item) => validateDownwardItem(item, path)),
];

const validateDownwardItem = (item: Fields, path: string): StatusCause[] => {
  const where = text(item, "path");
  return [
    ...(where === "" ? [required(`${path}.path`)] : localPath(where, `${path}.path`)),
    ...validateFieldOf(item, path),
    ...validateMode(item, "mode", path),
  ];
};

const validateFieldOf = (item: Fields, path: string): StatusCause[] => {
  const [field, resource] = [inner(item, "fieldRef"), inner(item, "resourceFieldRef")];
  if (field !== undefined && resource !== undefined)
    return [invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")];
  if (resource !== undefined)
    return ["containerName", "resource"].flatMap((name) =>
      text(resource, name) === "" ? [required(`${path}.resourceFieldRef.${name}`)] : [],
    );
  if (field === undefined) return [required(path, "one of fieldRef and resourceFieldRef is required")];
  const name = text(field, "fieldPath");
  const here = `${path}.fieldRef.fieldPath`;
  if (name === "") return [required(here)];
  return FIELDS.includes(name) || FIELD_OF_MAP.test(name) ? [] : [notSupported(here, name, FIELDS)];
};

export interface ProjectedPod {
  /** The account of the pod; empty: none is set. */
  readonly account: string;
}

/** A volume of several sources in one folder. */
export const validateProjected = (source: Fields, path: string, { account }: ProjectedPod): StatusCause[] => [
  ...validateMode(source, "defaultMode", path),
  ...items(source, "sources").flatMap((one, at) => {
    const here = `${path}.sources[${at}]`;
    return KINDS.filter((kind) => inner(one, kind) !== undefined).flatMap((kind, index) =>
      index > 0
        ? [forbidden(here, "may not specify more than 1 volume type per source")]
        : validateOne(kind, inner(one, kind) ?? {}, { here, path, account }),
    );
  }),
];

interface Place extends ProjectedPod {
  readonly here: string;
  readonly path: string;
}

const validateOne = (kind: string, source: Fields, { here, path, account }: Place): StatusCause[] => {
  if (kind === "downwardAPI") return items(source, "items").flatMap((item) => validateDownwardItem(item, path));
  if (kind === "serviceAccountToken") return validateToken(source, { here: `${here}.${kind}`, path, account });
  if (kind !== "secret" && kind !== "configMap") return [];
  return [
    ...(text(source, "name") === "" ? [required(`${here}.${kind}.name`)] : []),
    ...validateItems(source, `${here}.${kind}`),
  ];
};

const validateToken = (source: Fields, { here, path, account }: Place): StatusCause[] => {
  const seconds = number(source, "expirationSeconds");
  const where = text(source, "path");
  const short = "may not specify a duration less than 10 minutes";
  return [
    ...(seconds < LEAST_SECONDS ? [invalidValue(`${here}.expirationSeconds`, seconds, short)] : []),
    ...(where === "" ? [required(`${path}.path`)] : localPath(where, `${path}.path`)),
    ...(account === "" ? [forbidden(here, "must not be specified when serviceAccountName is not set")] : []),
  ];
};

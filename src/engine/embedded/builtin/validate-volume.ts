import type { StatusCause } from "../api/status.ts";
import { duplicate, forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { dnsSubdomain } from "../schema/names.ts";
import { type Fields, inner, text } from "./fields-of.ts";
import { quantityValue } from "./quantity.ts";
import { backsteps, validateItems, validateMode } from "./validate-files.ts";
import { type ProjectedPod, validateDownward, validateProjected } from "./validate-projected.ts";
import { labelProblems } from "./validate-values.ts";

/** Kinds of volumes in the order in which Kubernetes looks at them: the second that is there is refused. */
const KINDS = [
  ...["emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi"],
  ...["glusterfs", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "flocker", "downwardAPI", "fc", "azureFile"],
  ...["configMap", "vsphereVolume", "quobyte", "azureDisk", "storageos", "portworxVolume", "projected", "scaleIO"],
  ...["csi", "ephemeral", "image"],
];
const HOST_PATH_TYPES = [
  ...["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
];

/** Problems of a pod's volumes, and the names that containers may mount. */
export const validateVolumes = (
  volumes: readonly Fields[],
  path: string,
  pod: ProjectedPod,
): { readonly causes: StatusCause[]; readonly names: Set<string> } => {
  const names = new Set<string>();
  const causes = volumes.flatMap((volume, at) => {
    const here = `${path}[${at}]`;
    const name = text(volume, "name");
    const found = [
      ...validateSource(volume, here, pod),
      ...(name === ""
        ? [required(`${here}.name`)]
        : labelProblems(name).map((why) => invalidValue(`${here}.name`, name, why))),
      ...(names.has(name) ? [duplicate(`${here}.name`, name)] : []),
    ];
    // What is wrong cannot be mounted either.
    if (found.length === 0) names.add(name);
    return found;
  });
  return { causes, names };
};

const validateSource = (volume: Fields, path: string, pod: ProjectedPod): StatusCause[] =>
  KINDS.filter((kind) => inner(volume, kind) !== undefined).flatMap((kind, at) => {
    const here = `${path}.${kind}`;
    if (at > 0) return [forbidden(here, "may not specify more than 1 volume type")];
    return SOURCES[kind]?.(inner(volume, kind) ?? {}, here, pod) ?? [];
  });

type Check = (source: Fields, path: string, pod: ProjectedPod) => StatusCause[];

const has =
  (name: string): Check =>
  (source, path) =>
    text(source, name) === "" ? [required(`${path}.${name}`)] : [];

const validateHostPath: Check = (source, path) => {
  const [where, type] = [text(source, "path"), text(source, "type")];
  if (where === "") return [required(`${path}.path`)];
  return [
    ...backsteps(where, `${path}.path`),
    ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)]),
  ];
};

const validateNfs: Check = (source, path, pod) => {
  const where = text(source, "path");
  return [
    ...has("server")(source, path, pod),
    ...has("path")(source, path, pod),
    ...(where.startsWith("/") ? [] : [invalidValue(`${path}.path`, where, "must be an absolute path")]),
  ];
};

const validateFiles =
  (name: string): Check =>
  (source, path, pod) => [
    ...has(name)(source, path, pod),
    ...validateMode(source, "defaultMode", path),
    ...validateItems(source, path),
  ];

const validateEmptyDir: Check = (source, path) =>
  (quantityValue(source["sizeLimit"]) ?? 0) < 0
    ? [forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
    : [];

const validateDriver: Check = (source, path, pod) => {
  const driver = text(source, "driver");
  return [
    ...has("driver")(source, path, pod),
    ...dnsSubdomain(driver.toLowerCase()).map((why) => invalidValue(`${path}.driver`, driver, why)),
  ];
};

const SOURCES: Readonly<Record<string, Check>> = {
  emptyDir: validateEmptyDir,
  hostPath: validateHostPath,
  csi: validateDriver,
  downwardAPI: validateDownward,
  projected: validateProjected,
  nfs: validateNfs,
  persistentVolumeClaim: has("claimName"),
  configMap: validateFiles("name"),
  secret: validateFiles("secretName"),
};

import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType, Subresource } from "../api/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { type DefinitionSpec, type DefinitionVersion, specOf, statusIn } from "./definition.ts";

/** A resource of a definition, with what only those have. */
export interface CustomResourceType extends ResourceType {
  readonly custom: true;
  /** JSON paths of fields that field selectors may name, beside name and namespace: `.spec.color`. */
  readonly selectableFields: readonly string[];
  /** Text for a `Warning` header of every request; undefined unless the version is deprecated. */
  readonly deprecation: string | undefined;
  readonly storage: boolean;
}

const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const SUBRESOURCE_VERBS = ["get", "patch", "update"];

/** The served versions of a definition as resources, by Kubernetes' order: v2, v1, v1beta1, others. */
export const resourceTypesOf = (definition: AnyObject): CustomResourceType[] => {
  const spec = specOf(definition);
  return (spec.versions ?? [])
    .filter(({ served }) => served === true)
    .sort((a, b) => compareVersions(a.name ?? "", b.name ?? ""))
    .map((version) => typeOf(definition, spec, version));
};

/** Kubernetes' order of versions: stable before beta before alpha, new before old, then by the alphabet. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (left === undefined || right === undefined)
    return left === right ? (a < b ? -1 : a > b ? 1 : 0) : left === undefined ? 1 : -1;
  for (const [at, rank] of left.entries()) if (rank !== right[at]) return (right[at] ?? 0) - rank;
  return 0;
};

const STABILITY: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

const rankOf = (version: string): readonly number[] | undefined => {
  const [, major, stability, minor] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
  return major === undefined
    ? undefined
    : [stability === undefined ? 3 : (STABILITY[stability] ?? 0), Number(major), Number(minor ?? 0)];
};

const typeOf = (definition: AnyObject, spec: DefinitionSpec, version: DefinitionVersion): CustomResourceType => {
  const { group = "" } = spec;
  const names = { ...spec.names, ...statusIn(definition).acceptedNames };
  const { kind = "", plural = "" } = names;
  const { name = "" } = version;
  return {
    group,
    version: name,
    kind,
    listKind: names.listKind ?? `${kind}List`,
    resource: plural,
    singular: names.singular ?? kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: spec.scope === "Namespaced",
    verbs: VERBS,
    schema: schemaOf(spec, version),
    custom: true,
    subresources: subresourcesOf(group, name, kind, version),
    columns: version.additionalPrinterColumns ?? [],
    selectableFields: (version.selectableFields ?? []).flatMap(({ jsonPath }) =>
      jsonPath === undefined ? [] : [jsonPath],
    ),
    deprecation: version.deprecated === true ? deprecationOf(group, kind, version) : undefined,
    storage: version.storage === true,
  };
};

const deprecationOf = (group: string, kind: string, { name, deprecationWarning }: DefinitionVersion): string =>
  deprecationWarning ?? `${group}/${name} ${kind} is deprecated`;

const schemaOf = (spec: DefinitionSpec, { schema }: DefinitionVersion): Schema =>
  spec.preserveUnknownFields === true
    ? { ...schema?.openAPIV3Schema, "x-kubernetes-preserve-unknown-fields": true }
    : (schema?.openAPIV3Schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true });

const subresourcesOf = (
  group: string,
  version: string,
  kind: string,
  { subresources }: DefinitionVersion,
): readonly Subresource[] => {
  const all: Subresource[] = [];
  if (subresources?.status !== undefined) all.push({ name: "status", group, version, kind, verbs: SUBRESOURCE_VERBS });
  const { scale } = subresources ?? {};
  if (scale !== undefined)
    all.push({
      name: "scale",
      group: "autoscaling",
      version: "v1",
      kind: "Scale",
      verbs: SUBRESOURCE_VERBS,
      scale: {
        specReplicasPath: scale.specReplicasPath ?? "",
        statusReplicasPath: scale.statusReplicasPath ?? "",
        ...(scale.labelSelectorPath === undefined ? {} : { labelSelectorPath: scale.labelSelectorPath }),
      },
    });
  return all;
};

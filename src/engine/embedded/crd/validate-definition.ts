import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { validateMetadata } from "../schema/metadata.ts";
import { dnsLabel1035, dnsSubdomain, type NameRule } from "../schema/names.ts";
import { prepareSchema } from "../schema/prepare.ts";
import { type DefinitionNames, type DefinitionSpec, type DefinitionVersion, specOf, statusIn } from "./definition.ts";
import { validateVersion } from "./validate-version.ts";

/**
 * What is wrong with a CustomResourceDefinition, after its defaults were set; with `old`, also what may not change.
 * CEL rules are not compiled here: see `ruleWarnings`.
 */
export const validateDefinition = async (definition: AnyObject, old?: AnyObject): Promise<StatusCause[]> => {
  const spec = specOf(definition);
  await Promise.all((spec.versions ?? []).map(({ schema }) => prepareSchema(schema?.openAPIV3Schema ?? {})));
  const { plural = "" } = spec.names ?? {};
  const rule: NameRule = (name, prefix) => [
    ...dnsSubdomain(name, prefix),
    ...(name === `${plural}.${spec.group ?? ""}` ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
  return [
    ...(old === undefined ? validateMetadata(definition.metadata, { namespaced: false, name: rule }) : []),
    ...validateSpec(spec),
    ...(old === undefined ? [] : changeCauses(definition, old)),
    ...storedVersionCauses(definition),
    ...((spec.preserveUnknownFields === true && specOf(old ?? definition).preserveUnknownFields !== true) ||
    (old === undefined && spec.preserveUnknownFields === true)
      ? [
          invalidValue(
            "spec.preserveUnknownFields",
            true,
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
          ),
        ]
      : []),
  ];
};

const SCOPES = ["Cluster", "Namespaced"];

const validateSpec = (spec: DefinitionSpec): StatusCause[] => {
  const { versions = [], names = {}, scope = "" } = spec;
  const shared = sharedParts(versions);
  return [
    ...groupCauses(spec.group ?? ""),
    ...(scope === ""
      ? [required("spec.scope")]
      : SCOPES.includes(scope)
        ? []
        : [notSupported("spec.scope", scope, SCOPES)]),
    ...versions.flatMap((version, at) =>
      version.schema?.openAPIV3Schema === undefined && !shared.schema
        ? [required(`spec.versions[${at}].schema.openAPIV3Schema`)]
        : [],
    ),
    ...versions.flatMap((version, at) => versionCauses(version, at, shared)),
    ...listCauses(versions),
    ...nameCauses(names),
    ...sharedCauses(versions, shared),
    ...conversionCauses(spec),
  ];
};

const groupCauses = (group: string): StatusCause[] => {
  if (group === "") return [required("spec.group")];
  const problems = dnsSubdomain(group);
  if (problems.length > 0) return [invalidValue("spec.group", group, problems.join(","))];
  return group.includes(".") ? [] : [invalidValue("spec.group", group, "should be a domain with at least one dot")];
};

/** What all versions have alike: Kubernetes keeps that once for all, and names it so in its causes. */
interface Shared {
  readonly schema: boolean;
  readonly subresources: boolean;
  readonly columns: boolean;
  readonly selectable: boolean;
}

const sharedParts = (versions: readonly DefinitionVersion[]): Shared => {
  const [first] = versions;
  const same = (part: (version: DefinitionVersion) => unknown): boolean =>
    first !== undefined &&
    part(first) !== undefined &&
    versions.every((one) => isDeepStrictEqual(part(one), part(first)));
  return {
    schema: same(({ schema }) => schema),
    subresources: same(({ subresources }) => subresources),
    columns: same(({ additionalPrinterColumns }) => additionalPrinterColumns),
    selectable: same(({ selectableFields }) => selectableFields),
  };
};

const versionCauses = (version: DefinitionVersion, at: number, shared: Shared): StatusCause[] => {
  const { name = "" } = version;
  const path = `spec.versions[${at}]`;
  const problems = dnsLabel1035(name);
  return [
    ...(problems.length > 0 ? [invalidValue(`${path}.name`, name, problems.join(","))] : []),
    ...validateVersion(version, path, {
      schema: shared.schema ? undefined : `${path}.schema`,
      subresources: shared.subresources ? undefined : `${path}.subresources`,
      columns: shared.columns ? undefined : `${path}.additionalPrinterColumns`,
      selectable: shared.selectable ? undefined : `${path}.selectableFields`,
    }),
  ];
};

const sharedCauses = (versions: readonly DefinitionVersion[], shared: Shared): StatusCause[] => {
  const [first] = versions;
  if (first === undefined) return [];
  const { deprecated: _deprecated, deprecationWarning: _warning, ...parts } = first;
  return validateVersion(parts, "spec", {
    schema: shared.schema ? "spec.validation" : undefined,
    subresources: shared.subresources ? "spec.subresources" : undefined,
    columns: shared.columns ? "spec.additionalPrinterColumns" : undefined,
    selectable: shared.selectable ? "spec.selectableFields" : undefined,
  });
};

const listCauses = (versions: readonly DefinitionVersion[]): StatusCause[] => {
  const causes: StatusCause[] = [];
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    causes.push(invalidValue("spec.versions", versions, "must contain unique version names"));
  if (versions.filter(({ storage }) => storage === true).length !== 1)
    causes.push(invalidValue("spec.versions", versions, "must have exactly one version marked as storage version"));
  return causes;
};

const REQUIRED_NAMES = ["plural", "singular", "kind", "listKind"] as const;

const nameCauses = (names: DefinitionNames): StatusCause[] => {
  const causes: StatusCause[] = REQUIRED_NAMES.filter((field) => (names[field] ?? "") === "").map((field) =>
    required(`spec.names.${field}`),
  );
  for (const field of REQUIRED_NAMES) {
    const name = names[field] ?? "";
    const mixed = field === "kind" || field === "listKind";
    const problems = name === "" ? [] : dnsLabel1035(mixed ? name.toLowerCase() : name);
    const lead = mixed ? "may have mixed case, but should otherwise match: " : "";
    if (problems.length > 0) causes.push(invalidValue(`spec.names.${field}`, name, lead + problems.join(",")));
  }
  for (const field of ["shortNames", "categories"] as const)
    for (const [at, name] of (names[field] ?? []).entries()) {
      const problems = dnsLabel1035(name);
      if (problems.length > 0) causes.push(invalidValue(`spec.names.${field}[${at}]`, name, problems.join(",")));
    }
  if ((names.kind ?? "") !== "" && names.kind === names.listKind)
    causes.push(invalidValue("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
  return causes;
};

const STRATEGIES = ["None", "Webhook"];

const conversionCauses = ({ conversion }: DefinitionSpec): StatusCause[] => {
  if (conversion === undefined) return [];
  const { strategy = "", webhook } = conversion;
  if (strategy === "") return [required("spec.conversion.strategy")];
  if (!STRATEGIES.includes(strategy)) return [notSupported("spec.conversion.strategy", strategy, STRATEGIES)];
  const causes: StatusCause[] = [];
  if (strategy === "Webhook") {
    if (webhook?.clientConfig === undefined)
      causes.push(required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook"));
    if ((webhook?.conversionReviewVersions ?? []).length === 0)
      causes.push(required("spec.conversion.conversionReviewVersions"));
  } else if (webhook?.clientConfig !== undefined)
    causes.push(
      forbidden("spec.conversion.webhookClientConfig", "should not be set when strategy is not set to Webhook"),
    );
  return causes;
};

const storedVersionCauses = (definition: AnyObject): StatusCause[] => {
  const { storedVersions = [] } = statusIn(definition);
  const names = (specOf(definition).versions ?? []).map(({ name }) => name);
  const path = "status.storedVersions";
  if (storedVersions.length === 0) return [invalidValue(path, null, "must have at least one stored version")];
  return storedVersions.flatMap((version, at) =>
    names.includes(version)
      ? []
      : [
          invalidValue(
            `${path}[${at}]`,
            version,
            `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
          ),
        ],
  );
};

const changeCauses = (definition: AnyObject, old: AnyObject): StatusCause[] => {
  const [spec, before] = [specOf(definition), specOf(old)];
  const established = (statusIn(old).conditions ?? []).some(
    ({ type, status }) => type === "Established" && status === "True",
  );
  const fixed: (readonly [string, unknown, unknown])[] = [
    ...(established
      ? ([
          ["spec.scope", spec.scope, before.scope],
          ["spec.names.kind", spec.names?.kind, before.names?.kind],
        ] as const)
      : []),
    ["spec.group", spec.group, before.group],
    ["spec.names.plural", spec.names?.plural, before.names?.plural],
  ];
  return fixed.flatMap(([path, is, was]) => (is === was ? [] : [invalidValue(path, is ?? "", "field is immutable")]));
};

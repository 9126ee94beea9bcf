import type { StatusCause } from "../api/status.ts";
import { invalidValue, notSupported, required } from "../schema/cause.ts";
import { configKey, dnsSubdomain } from "../schema/names.ts";
import { type Fields, inner, text } from "./fields-of.ts";

const NAME = /^[ -<>-~]+$/;
const NAME_RULE = "a valid environment variable name must consist only of printable ASCII characters other than '='";
const SOURCES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"];
const FIELDS =
  /^(metadata\.(name|namespace|uid|labels|annotations)|metadata\.(labels|annotations)\['.+'\]|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/;
const RESOURCES = ["limits", "requests"].flatMap((kind) =>
  ["cpu", "ephemeral-storage", "memory"].map((name) => `${kind}.${name}`),
);

export const validateEnv = (variables: readonly Fields[], path: string): StatusCause[] =>
  variables.flatMap((variable, at) => {
    const here = `${path}[${at}]`;
    const name = text(variable, "name");
    const from = inner(variable, "valueFrom");
    return [
      ...(name === "" ? [required(`${here}.name`)] : validateName(name, `${here}.name`)),
      ...(from === undefined ? [] : validateSource(from, `${here}.valueFrom`, text(variable, "value"))),
    ];
  });

const validateName = (name: string, path: string): StatusCause[] =>
  NAME.test(name) ? [] : [invalidValue(path, name, NAME_RULE)];

const validateSource = (from: Fields, path: string, value: string): StatusCause[] => {
  const given = SOURCES.filter((name) => inner(from, name) !== undefined);
  const problem =
    given.length === 0
      ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
      : value !== ""
        ? "may not be specified when `value` is not empty"
        : given.length > 1
          ? "may not have more than one field specified at a time"
          : undefined;
  return [
    ...validateField(inner(from, "fieldRef"), `${path}.fieldRef.fieldPath`),
    ...validateResource(inner(from, "resourceFieldRef"), `${path}.resourceFieldRef.resource`),
    ...["configMapKeyRef", "secretKeyRef"].flatMap((kind) => validateKey(inner(from, kind), `${path}.${kind}`)),
    ...(problem === undefined ? [] : [invalidValue(path, "", problem)]),
  ];
};

const validateField = (reference: Fields | undefined, path: string): StatusCause[] => {
  const field = text(reference, "fieldPath");
  if (reference === undefined || FIELDS.test(field)) return [];
  if (field === "") return [required(path)];
  return [invalidValue(path, field, `error converting fieldPath: field label not supported: ${field}`)];
};

const validateResource = (reference: Fields | undefined, path: string): StatusCause[] => {
  const resource = text(reference, "resource");
  if (reference === undefined || RESOURCES.includes(resource)) return [];
  return resource === "" ? [required(path)] : [notSupported(path, resource, RESOURCES)];
};

const validateKey = (reference: Fields | undefined, path: string): StatusCause[] => {
  if (reference === undefined) return [];
  const [name, key] = [text(reference, "name"), text(reference, "key")];
  return [
    ...dnsSubdomain(name).map((why) => invalidValue(`${path}.name`, name, why)),
    ...(key === "" ? [required(`${path}.key`)] : configKey(key).map((why) => invalidValue(`${path}.key`, key, why))),
  ];
};

export const validateEnvFrom = (sources: readonly Fields[], path: string): StatusCause[] =>
  sources.flatMap((source, at) => {
    const prefix = text(source, "prefix");
    const given = ["configMapRef", "secretRef"].filter((kind) => inner(source, kind) !== undefined);
    return [
      ...(prefix === "" ? [] : validateName(prefix, `${path}[${at}].prefix`)),
      ...given.flatMap((kind) => validateReference(text(inner(source, kind), "name"), `${path}[${at}].${kind}.name`)),
      // Kubernetes names no number here.
      ...(given.length === 0 ? [invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`")] : []),
      ...(given.length > 1 ? [invalidValue(path, "", "may not have more than one field specified at a time")] : []),
    ];
  });

const validateReference = (name: string, path: string): StatusCause[] =>
  name === "" ? [required(path)] : dnsSubdomain(name).map((why) => invalidValue(path, name, why));

import type { AnyObject } from "../../../k8s/types.ts";
import { type DefinitionSpec, specOf, statusIn } from "./definition.ts";

/** Sets in place what clients may leave out of a CustomResourceDefinition, and notes its storage version. */
export const defaultDefinition = (definition: AnyObject): void => {
  const spec = specOf(definition);
  const names = { ...spec.names };
  const { kind = "" } = names;
  if ((names.singular ?? "") === "" && kind !== "") names.singular = kind.toLowerCase();
  if ((names.listKind ?? "") === "" && kind !== "") names.listKind = `${kind}List`;
  definition["spec"] = { ...spec, names, conversion: conversionOf(spec) };
  const status = statusIn(definition);
  const storedVersions = storedVersionsOf(spec, status.storedVersions ?? []);
  definition["status"] = { ...status, storedVersions };
};

/** The versions in which objects may be stored: never forgotten by itself. */
export const storedVersionsOf = ({ versions = [] }: DefinitionSpec, before: readonly string[]): readonly string[] => {
  const storage = versions.find((version) => version.storage === true)?.name;
  return storage === undefined || before.includes(storage) ? before : [...before, storage];
};

const conversionOf = ({ conversion }: DefinitionSpec): object => {
  const config: { readonly service?: object } | undefined = conversion?.webhook?.clientConfig;
  const service = config?.service;
  if (conversion === undefined || service === undefined) return conversion ?? { strategy: "None" };
  const { webhook } = conversion;
  return {
    ...conversion,
    webhook: { ...webhook, clientConfig: { ...webhook?.clientConfig, service: { port: 443, ...service } } },
  };
};

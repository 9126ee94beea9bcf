import type { Schema } from "../schema/schema.ts";
import { type Definition, modelData } from "./data.ts";

const REFERENCE = "#/components/schemas/";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

const NOT_OF_SCHEMAS: ReadonlySet<string> = new Set(["x-kubernetes-group-version-kind", "x-kubernetes-unions"]);

/** Definitions whose JSON has another form than OpenAPI can tell. */
const SPECIAL: Readonly<Record<string, Schema>> = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { "x-kubernetes-int-or-string": true, format: "int-or-string" },
  // Numbers with a fraction are quantities too.
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { "x-kubernetes-int-or-string": true, format: "quantity" },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  [`${META}.FieldsV1`]: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  [`${META}.Patch`]: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  [`${EXTENSIONS}.JSON`]: { "x-kubernetes-preserve-unknown-fields": true },
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: { "x-kubernetes-preserve-unknown-fields": true },
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: { "x-kubernetes-preserve-unknown-fields": true },
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: { "x-kubernetes-preserve-unknown-fields": true },
};

/** Name of the definition of a built-in kind, also of kinds that are no resources: `DeleteOptions`, `Scale`, `PodList`, … */
export const definitionOf = (group: string, version: string, kind: string): string | undefined => {
  const { kinds } = modelData().head;
  const byKind = own(kinds, group === "" ? version : `${group}/${version}`);
  return byKind === undefined ? undefined : own(byKind, kind);
};

/**
 * Schema of a built-in kind, resolved when it is first asked for. Definitions are shared between schemas, and some contain
 * themselves. Defaults are as OpenAPI has them: `{}`, `""`, 0 and false are what Go writes for a field that is not set.
 */
export const schemaOf = (group: string, version: string, kind: string): Schema | undefined => {
  const name = definitionOf(group, version, kind);
  return name === undefined ? undefined : schemaOfDefinition(name);
};

/** Schema of a definition by its name in OpenAPI. */
export const schemaOfDefinition = (name: string): Schema => {
  const schema = resolve(name);
  // Copies of definitions that were not complete yet when they were made.
  for (let late = unfinished.pop(); late !== undefined; late = unfinished.pop()) late();
  return schema;
};

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

type Building = { -readonly [K in keyof Schema]: Schema[K] };

const resolved = new Map<string, Building>();
const inProgress = new Set<string>();
const unfinished: (() => void)[] = [];

const resolve = (name: string): Building => {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const schema: Building = { ...SPECIAL[name] };
  resolved.set(name, schema);
  if (Object.hasOwn(SPECIAL, name)) return schema;
  const definition = modelData().definition(name);
  if (definition === undefined) throw new Error(`the model has no definition ${name}`);
  inProgress.add(name);
  Object.assign(schema, convert(definition));
  inProgress.delete(name);
  return schema;
};

const convert = (definition: Definition): Building => {
  const { $ref, allOf, properties, items, additionalProperties, ...others } = definition;
  const rest = Object.fromEntries(Object.entries(others).filter(([key]) => !NOT_OF_SCHEMAS.has(key)));
  const target = referenceOf($ref) ?? referenceOf((allOf as readonly Definition[] | undefined)?.[0]?.["$ref"]);
  if (target !== undefined) return reference(target, rest);
  const schema = rest as Building;
  if (properties !== undefined) {
    schema.properties = Object.fromEntries(
      Object.entries(properties as Record<string, Definition>).map(([key, value]) => [key, convert(value)]),
    );
  }
  if (items !== undefined) schema.items = convert(items as Definition);
  if (typeof additionalProperties === "object")
    schema.additionalProperties = convert(additionalProperties as Definition);
  return schema;
};

const referenceOf = (reference: unknown): string | undefined =>
  typeof reference === "string" ? reference.slice(REFERENCE.length) : undefined;

/** The target itself where nothing is added to it; otherwise a copy, since what is added belongs to this place only. */
const reference = (name: string, added: Building): Building => {
  const target = resolve(name);
  if (Object.keys(added).length === 0) return target;
  if (!inProgress.has(name)) return { ...target, ...added };
  const copy: Building = {};
  unfinished.push(() => Object.assign(copy, target, added));
  return copy;
};

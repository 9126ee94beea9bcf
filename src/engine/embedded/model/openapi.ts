import { createHash } from "node:crypto";
import type { ResourceType } from "../api/resource-type.ts";
import { type Definition, modelData } from "./data.ts";
import { customDefinitions, customName } from "./openapi-custom.ts";
import { type NameOf, REFERENCE, pathsOf, rootOf } from "./openapi-paths.ts";
import { definitionOf } from "./schemas.ts";

export interface OpenapiIndex {
  /** By `api/v1`, `apis/apps/v1`, … */
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

/** An OpenAPI v3 document, plain JSON. */
export interface OpenapiDocument {
  readonly openapi: "3.0.0";
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

export interface Openapi {
  readonly document: OpenapiDocument;
  readonly etag: string;
}

/** What `/openapi/v3` answers: where the document of each group version is. */
export const openapiIndex = (types: readonly ResourceType[]): OpenapiIndex => {
  const paths = new Map<string, { serverRelativeURL: string }>();
  for (const { group, version } of types) {
    const key = rootOf(group, version).slice(1);
    if (paths.has(key)) continue;
    const hash = openapiHash(group, version, types);
    paths.set(key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash}` });
  }
  return { paths: Object.fromEntries(paths) };
};

/** The same for the same document, another one when a resource or a schema of the group version changes: fit for an ETag. */
export const openapiHash = (group: string, version: string, types: readonly ResourceType[]): string => {
  const hash = createHash("sha256").update(modelData().head.hash);
  for (const type of ofGroupVersion(group, version, types)) hash.update("\n").update(fingerprintOf(type));
  return hash.digest("hex").toUpperCase();
};

/**
 * What `/openapi/v3/apis/GROUP/VERSION` answers, with its ETag (the hash of the index, without quotes): paths and schemas of
 * those types that belong to the group version, nothing when none does. Made anew each time.
 */
export const openapiDocument = (group: string, version: string, types: readonly ResourceType[]): Openapi => {
  const own = ofGroupVersion(group, version, types);
  const customTypes = own.filter((type) => type.custom);
  const custom: Record<string, Definition> = Object.assign({}, ...customTypes.map(customDefinitions));
  const nameOf: NameOf = (group, version, kind) => {
    const name = customName(group, version, kind);
    return Object.hasOwn(custom, name) ? name : definitionOf(group, version, kind);
  };
  const paths = pathsOf(group, version, own, nameOf);
  const schemas = reachable(paths, (name) => custom[name] ?? modelData().definition(name));
  const info = { title: "Kubernetes", version: `v${modelData().head.kubernetes}` };
  return {
    document: { openapi: "3.0.0", info, paths, components: { schemas } },
    etag: openapiHash(group, version, types),
  };
};

const ofGroupVersion = (group: string, version: string, types: readonly ResourceType[]): readonly ResourceType[] =>
  types.filter((type) => type.group === group && type.version === version);

const fingerprintOf = (type: ResourceType): string => {
  const known = fingerprints.get(type);
  if (known !== undefined) return known;
  const { group, version, kind, listKind, resource, namespaced, verbs, subresources } = type;
  const facts = [
    group,
    version,
    kind,
    listKind,
    resource,
    namespaced,
    verbs,
    subresources,
    type.custom ? type.schema : 0,
  ];
  const fingerprint = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  fingerprints.set(type, fingerprint);
  return fingerprint;
};

const fingerprints = new WeakMap<ResourceType, string>();

/** Definitions that the paths refer to, and those that these refer to, by name. */
const reachable = (paths: unknown, definition: (name: string) => Definition | undefined): Record<string, unknown> => {
  const found = new Map<string, Definition>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, one] of Object.entries(value)) {
      if (key === "$ref" && typeof one === "string" && one.startsWith(REFERENCE)) add(one.slice(REFERENCE.length));
      else visit(one);
    }
  };
  const add = (name: string): void => {
    const schema = found.has(name) ? undefined : definition(name);
    if (schema === undefined) return;
    found.set(name, schema);
    visit(schema);
  };
  visit(paths);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
};

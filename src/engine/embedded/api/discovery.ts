import { clausesOf } from "./accept.ts";
import type { Registry } from "./registry.ts";
import { type ApiAnswer, jsonAnswer } from "./request.ts";
import type { ResourceType, Subresource } from "./resource-type.ts";
import { apiVersionOf } from "./stored.ts";

interface GroupVersions {
  readonly group: string;
  /** The preferred one first. */
  readonly versions: readonly { readonly version: string; readonly types: readonly ResourceType[] }[];
}

/** Answers the paths by which clients find out what there is; undefined for a path that is none of them. */
export const answerDiscovery = (
  registry: Registry,
  parts: readonly string[],
  accept: string | undefined,
): ApiAnswer | undefined => {
  const [root, group, version, ...rest] = parts;
  if (rest.length > 0) return undefined;
  if (root === "api" && version === undefined) {
    if (group !== undefined) return group === "v1" ? resourceList(registry, "", "v1") : undefined;
    const version2 = aggregatedVersion(accept);
    if (version2 !== undefined)
      return aggregated(
        groupsOf(registry).filter((one) => one.group === ""),
        version2,
      );
    return jsonAnswer({ kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] });
  }
  if (root !== "apis") return undefined;
  const groups = groupsOf(registry).filter((one) => one.group !== "");
  if (group === undefined) {
    const asked = aggregatedVersion(accept);
    if (asked !== undefined) return aggregated(groups, asked);
    return jsonAnswer({ kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupDocument) });
  }
  const found = groups.find((one) => one.group === group);
  if (found === undefined) return undefined;
  if (version !== undefined) return resourceList(registry, group, version);
  return jsonAnswer({ kind: "APIGroup", apiVersion: "v1", ...groupDocument(found) });
};

const groupsOf = (registry: Registry): GroupVersions[] => {
  const groups = new Map<string, Map<string, ResourceType[]>>();
  for (const type of registry.all()) {
    const versions = groups.get(type.group) ?? new Map<string, ResourceType[]>();
    groups.set(type.group, versions);
    versions.set(type.version, [...(versions.get(type.version) ?? []), type]);
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions]
      .map(([version, types]) => ({ version, types }))
      .sort((a, b) => compareVersions(a.version, b.version)),
  }));
};

/** Kubernetes' order of versions: GA before beta before alpha, newer before older, others last by name. */
export const compareVersions = (a: string, b: string): number => {
  const [first, second] = [rankOf(a), rankOf(b)];
  for (const [index, value] of first.entries()) {
    const difference = (second[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
};

const rankOf = (version: string): number[] => {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) return [0, 0, 0];
  return [stage === undefined ? 3 : stage === "beta" ? 2 : 1, Number(major), Number(minor ?? 0)];
};

const groupDocument = ({ group, versions }: GroupVersions): object => {
  const named = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] };
};

const resourceList = (registry: Registry, group: string, version: string): ApiAnswer | undefined => {
  const types = registry.all().filter((type) => type.group === group && type.version === version);
  if (types.length === 0) return undefined;
  const resources = types.flatMap((type) => [
    {
      name: type.resource,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...(type.shortNames.length === 0 ? {} : { shortNames: type.shortNames }),
      ...(type.categories.length === 0 ? {} : { categories: type.categories }),
    },
    ...type.subresources.map((one) => subresourceDocument(type, one)),
  ]);
  const groupVersion = apiVersionOf({ group, version });
  return jsonAnswer({ kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
};

const subresourceDocument = (type: ResourceType, { name, group, version, kind, verbs }: Subresource): object => ({
  name: `${type.resource}/${name}`,
  singularName: "",
  namespaced: type.namespaced,
  ...(group === type.group && version === type.version ? {} : { group, version }),
  kind,
  verbs,
});

const AGGREGATED = "apidiscovery.k8s.io";

const aggregatedVersion = (accept: string | undefined): "v2" | "v2beta1" | undefined => {
  for (const { type, parameters } of clausesOf(accept ?? "")) {
    if (type !== "application/json") continue;
    const version = parameters.get("v");
    const isAsked = parameters.get("g") === AGGREGATED && parameters.get("as") === "APIGroupDiscoveryList";
    if (isAsked && (version === "v2" || version === "v2beta1")) return version;
    if (parameters.get("as") === undefined) return undefined;
  }
  return undefined;
};

/** All of it in one document. Clients take it for what it is by its content type alone. */
const aggregated = (groups: readonly GroupVersions[], version: "v2" | "v2beta1"): ApiAnswer => {
  const items = groups.map(({ group, versions }) => ({
    metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
    versions: versions.map(({ version: name, types }) => ({
      version: name,
      resources: types.map(aggregatedResource),
      freshness: "Current",
    })),
  }));
  const body = { kind: "APIGroupDiscoveryList", apiVersion: `${AGGREGATED}/${version}`, metadata: {}, items };
  return jsonAnswer(body, 200, {
    "content-type": `application/json;g=${AGGREGATED};v=${version};as=APIGroupDiscoveryList`,
  });
};

const aggregatedResource = (type: ResourceType): object => ({
  resource: type.resource,
  responseKind: { group: type.group, version: type.version, kind: type.kind },
  scope: type.namespaced ? "Namespaced" : "Cluster",
  singularResource: type.singular,
  verbs: type.verbs,
  ...(type.shortNames.length === 0 ? {} : { shortNames: type.shortNames }),
  ...(type.categories.length === 0 ? {} : { categories: type.categories }),
  ...(type.subresources.length === 0
    ? {}
    : {
        subresources: type.subresources.map(({ name, group, version, kind, verbs }) => ({
          subresource: name,
          responseKind: { group, version, kind },
          verbs,
        })),
      }),
});

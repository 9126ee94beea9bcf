import { describe, expect, test } from "vitest";
import { KINDS, crdsHash, customResourceDefinitions } from "../../../src/crds/definitions.ts";
import type { JsonSchema } from "../../../src/crds/schema.ts";
import { schemasIn } from "../../helpers/schema-sample.ts";

/** docs/resources.md has the same table for readers. */
const NAMES = [
  ["Organization", "organizations", "org,orgs", "Cluster"],
  ["DataPlane", "dataplanes", "dp,dps", "Namespaced"],
  ["BuildPlane", "buildplanes", "bp,bps", "Namespaced"],
  ["Environment", "environments", "env,envs", "Namespaced"],
  ["DeploymentPipeline", "deploymentpipelines", "deppipe,deppipes", "Namespaced"],
  ["Project", "projects", "proj,projs", "Namespaced"],
  ["Component", "components", "comp,comps", "Namespaced"],
  ["DeploymentTrack", "deploymenttracks", "deptrack,deptracks", "Namespaced"],
  ["Build", "builds", "", "Namespaced"],
  ["DeployableArtifact", "deployableartifacts", "", "Namespaced"],
  ["Deployment", "deployments", "", "Namespaced"],
  ["Endpoint", "endpoints", "", "Namespaced"],
  ["ConfigurationGroup", "configurationgroups", "configgrp", "Namespaced"],
];

const schemas = KINDS.flatMap(({ kind, spec, status }) => [
  ...schemasIn(spec.json, `${kind}.spec`),
  ...schemasIn(status.json, `${kind}.status`),
]);

const schemaAt = (path: string): JsonSchema => {
  const found = schemas.find(([at]) => at === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found[1];
};

const faultsOf = (schema: JsonSchema): string[] => [
  ...(/^(object|array|string|integer|boolean)$/.test(schema.type ?? "") ? [] : ["has no type"]),
  ...(schema.description?.trim() ? [] : ["has no description"]),
  ...((schema.items === undefined) === (schema.type !== "array") ? [] : ["items belong to arrays"]),
  ...(schema.properties !== undefined && schema.additionalProperties !== undefined ? ["is a map and an object"] : []),
  ...(schema.required ?? [])
    .filter((name) => schema.properties?.[name] === undefined)
    .map((name) => `requires ${name}, which it does not have`),
];

describe("the resource definitions", () => {
  test("have the names that users type", () => {
    expect(KINDS.map(({ kind, plural, shortNames, scope }) => [kind, plural, shortNames.join(","), scope])).toEqual(
      NAMES,
    );
  });

  test("are structural, and say what every field means", () => {
    const broken = schemas.flatMap(([path, schema]) => faultsOf(schema).map((fault) => `${path}: ${fault}`));
    expect(broken).toEqual([]);
  });

  test("bound every list with a rule in it, because the API server budgets the cost of rules", () => {
    const unbounded = schemas.filter(
      ([, schema]) =>
        schema.type === "array" &&
        schema.maxItems === undefined &&
        schemasIn(schema.items ?? {}).some(([, inner]) => inner["x-kubernetes-validations"] !== undefined),
    );
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  test.each([
    ["DataPlane.spec.kubernetesCluster.credentials", ["apiServerURL", "caCert", "clientCert", "clientKey"]],
    ["DataPlane.spec.gateway", ["publicVirtualHost", "organizationVirtualHost"]],
    ["DeploymentPipeline.spec.promotionPaths[]", ["sourceEnvironmentRef", "targetEnvironmentRefs"]],
    ["DeploymentTrack.spec.buildTemplateSpec", ["branch", "path"]],
    ["DeployableArtifact.spec", ["targetArtifact"]],
    ["Deployment.spec", ["deploymentArtifactRef"]],
    ["Endpoint.spec", ["type", "service"]],
    ["Endpoint.spec.networkVisibilities.public", ["enable"]],
    ["ConfigurationGroup.spec.configurations[]", ["key", "values"]],
  ])("%s requires %s", (path, required) => {
    expect([...(schemaAt(path).required ?? [])].toSorted()).toEqual(required.toSorted());
  });

  test("have the fields that this platform adds", () => {
    for (const path of [
      "Build.spec.source.artifact",
      "Component.spec.source.local.path",
      "Build.spec.buildConfiguration.workflowTemplate.name",
      "DeploymentTrack.spec.buildTemplateSpec.buildConfiguration.workflowTemplate.parameters[].value",
    ])
      expect(schemaAt(path).type).toBe("string");
  });

  test("carry one hash, which any change of a definition changes", () => {
    const hashes = customResourceDefinitions().map(
      ({ metadata }) => metadata.annotations?.["choreo.dev/definitions-hash"],
    );
    expect(new Set(hashes)).toEqual(new Set([crdsHash()]));
    const spec = KINDS[0]!.spec.json as { description?: string };
    const { description } = spec;
    const before = crdsHash();
    spec.description = "something else";
    try {
      expect(crdsHash()).not.toBe(before);
    } finally {
      spec.description = description!;
    }
  });
});

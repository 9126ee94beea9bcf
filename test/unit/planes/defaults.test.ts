import { describe, expect, test } from "vitest";
import { DEFAULT_ORGANIZATION, defaultResources } from "../../../src/planes/defaults.ts";
import { multiClusterPlatform, samplePlatform } from "../../helpers/platform.ts";

interface Pipeline {
  promotionPaths: {
    sourceEnvironmentRef: string;
    targetEnvironmentRefs: { name: string; requiresApproval?: boolean; isManualApprovalRequired?: boolean }[];
  }[];
}

const pipelineOf = (names: readonly string[]): Pipeline => {
  const [first] = samplePlatform().environments;
  const platform = samplePlatform({ environments: names.map((name) => ({ ...first!, name })) });
  return defaultResources(platform).find(({ kind }) => kind === "DeploymentPipeline")?.["spec"] as Pipeline;
};

describe("the resources of a new platform", () => {
  test("are an organization, its environments, a pipeline and a project", () => {
    const made = defaultResources(samplePlatform()).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(made).toEqual([
      "Organization/default-org",
      "Environment/development",
      "Environment/staging",
      "Environment/production",
      "DeploymentPipeline/default-pipeline",
      "Project/default-project",
    ]);
  });

  test("live in the organization, which itself lives in no namespace", () => {
    const [organization, ...others] = defaultResources(samplePlatform());
    expect(organization?.metadata.namespace).toBeUndefined();
    expect(new Set(others.map(({ metadata }) => metadata.namespace))).toEqual(new Set([DEFAULT_ORGANIZATION]));
  });

  test("place each environment on its data plane", () => {
    const specs = defaultResources(multiClusterPlatform())
      .filter(({ kind }) => kind === "Environment")
      .map(({ spec }) => spec);
    expect(specs).toEqual([
      { dataPlaneRef: "us-west-2", isProduction: false, gateway: { dnsPrefix: "dev" } },
      { dataPlaneRef: "us-west-2", isProduction: false, gateway: { dnsPrefix: "staging" } },
      { dataPlaneRef: "eu-central-1", isProduction: true, gateway: { dnsPrefix: "prod" } },
    ]);
  });
});

describe("the default pipeline", () => {
  test("leads through the environments, and from the first straight to the last by manual approval", () => {
    expect(pipelineOf(["a", "b", "c"]).promotionPaths).toEqual([
      {
        sourceEnvironmentRef: "a",
        targetEnvironmentRefs: [
          { name: "b", requiresApproval: false },
          { name: "c", isManualApprovalRequired: true },
        ],
      },
      { sourceEnvironmentRef: "b", targetEnvironmentRefs: [{ name: "c", requiresApproval: true }] },
    ]);
  });

  test("of two environments has one path with approval", () => {
    expect(pipelineOf(["a", "b"]).promotionPaths).toEqual([
      { sourceEnvironmentRef: "a", targetEnvironmentRefs: [{ name: "b", requiresApproval: true }] },
    ]);
  });

  test("of one environment leads nowhere", () => {
    expect(pipelineOf(["a"]).promotionPaths).toEqual([]);
  });
});

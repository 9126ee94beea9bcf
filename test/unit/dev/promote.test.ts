import { describe, expect, test } from "vitest";
import type { Deployment, DeploymentPipeline } from "../../../src/crds/types.ts";
import { findPromotion } from "../../../src/dev/promote.ts";
import { resourcesOf } from "../../helpers/choreo-resources.ts";

const resources = resourcesOf("shop");
const pipeline = (approval = false): DeploymentPipeline => {
  const object = resources.pipeline("line", ["development", "staging", "production"]) as unknown as DeploymentPipeline;
  const paths = (object.spec.promotionPaths ?? []).map((path) => ({
    ...path,
    targetEnvironmentRefs: path.targetEnvironmentRefs.map((target) => ({
      ...target,
      ...(target.name === "production" && approval && { requiresApproval: true }),
    })),
  }));
  return { ...object, spec: { promotionPaths: paths } };
};

const deployed = (environment: string, artifact: string, ready = true): Deployment => {
  const object = resources.deployment(`api-${environment}`, ["web", "api", "main"], { environment, artifact });
  const condition = {
    ...{ type: "Ready", status: ready ? "True" : "False", reason: "r", message: "m" },
    ...{ lastTransitionTime: "2026-01-01T00:00:00Z", observedGeneration: 1 },
  };
  return {
    ...(object as unknown as Deployment),
    metadata: { ...object.metadata, generation: 1 },
    status: { conditions: [condition] },
  } as Deployment;
};

const find = (deployments: readonly Deployment[], to?: string, approval = false): ReturnType<typeof findPromotion> =>
  findPromotion({ component: "api", pipeline: pipeline(approval), deployments, to });

describe("a promotion", () => {
  test("goes to the first environment that is behind the one before it", () => {
    expect(find([deployed("development", "v2")])).toMatchObject({
      from: "development",
      to: "staging",
      target: undefined,
    });
    expect(find([deployed("development", "v2"), deployed("staging", "v2")])).toMatchObject({
      ...{ from: "staging", to: "production" },
      source: { spec: { deploymentArtifactRef: "v2" } },
    });
    expect(find([deployed("development", "v3"), deployed("staging", "v2")])).toMatchObject({
      ...{ from: "development", to: "staging" },
      target: { metadata: { name: "api-staging" } },
    });
  });

  test("goes where it is told to, from the environment before that", () => {
    const all = [deployed("development", "v3"), deployed("staging", "v2")];
    expect(find(all, "production")).toMatchObject({ from: "staging", to: "production", needsApproval: false });
    expect(find(all, "production", true)).toMatchObject({ needsApproval: true });
  });

  test("takes the longest of several ways", () => {
    const line = pipeline();
    const hotfix = { sourceEnvironmentRef: "development", targetEnvironmentRefs: [{ name: "production" }] };
    const both = { ...line, spec: { promotionPaths: [hotfix, ...(line.spec.promotionPaths ?? [])] } };
    const promotion = (deployments: readonly Deployment[]): string =>
      findPromotion({ component: "api", pipeline: both, deployments, to: "production" }).from;
    expect(promotion([deployed("development", "v2"), deployed("staging", "v1")])).toBe("staging");
    expect(promotion([deployed("development", "v2")])).toBe("development");
  });

  test.each([
    ["skips an environment", [deployed("development", "v1")], "production", "E_NOT_FOUND", "not deployed to staging"],
    [
      "goes to an environment off the pipeline",
      [deployed("development", "v1")],
      "qa",
      "E_USAGE",
      'does not lead to "qa"',
    ],
    [
      "comes from what is not ready",
      [deployed("development", "v1", false)],
      undefined,
      "E_NOT_READY",
      "not ready in development",
    ],
    ["has nothing to go on with", [], undefined, "E_NOT_FOUND", "nothing of api to promote"],
  ])("is refused when it %s", (_what, deployments, to, code, message) => {
    expect(() => find(deployments, to)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  test("of saved files that no build has is refused: it would be something else than what is seen", () => {
    const source = deployed("development", "v2");
    const annotations = {
      "core.choreo.dev/unbuilt": "true",
      "core.choreo.dev/dev-mode": JSON.stringify({ kind: "files", artifact: "v2", folder: "a-b", place: "/srv" }),
    };
    const saved = { ...source, metadata: { ...source.metadata, annotations } };
    expect(() => find([saved])).toThrow(expect.objectContaining({ code: "E_NOT_READY", fix: "choreo-dev build api" }));
  });

  test("has nothing to do when all environments run the same", () => {
    const all = ["development", "staging", "production"].map((environment) => deployed(environment, "v1"));
    expect(() => find(all)).toThrow("nothing of api to promote");
  });
});

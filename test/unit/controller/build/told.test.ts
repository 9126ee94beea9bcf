import { describe, expect, test } from "vitest";
import { BUILD_RESULT, type ToldBuild, toldProgress } from "../../../../src/controller/build/told.ts";
import type { Build } from "../../../../src/crds/types.ts";

const build = (told: ToldBuild | string): Build =>
  ({
    metadata: { annotations: { [BUILD_RESULT]: typeof told === "string" ? told : JSON.stringify(told) } },
  }) as unknown as Build;

const reasons = (told: ToldBuild): string[] | undefined => toldProgress(build(told))?.steps.map(({ reason }) => reason);

describe("a build that a dev session has run", () => {
  test("is over, with the outputs that a workflow would have", () => {
    const outputs = { image: "shop/api:main-1@sha256:1", port: "8080", test: "skipped" };
    expect(toldProgress(build({ outputs, tookMs: 800 }))).toMatchObject({ state: "succeeded", outputs });
    expect(reasons({ outputs, tookMs: 800 })).toEqual(["Succeeded", "Skipped", "Succeeded", "Succeeded"]);
    expect(reasons({ outputs: { ...outputs, test: "ran" }, tookMs: 1 })?.[1]).toBe("Succeeded");
  });

  test("names the step that failed, and those behind it have not begun", () => {
    const failure = { step: "build" as const, message: "exit code 1" };
    const told = { outputs: { test: "ran" }, failure, tookMs: 1 };
    expect(toldProgress(build(told))).toMatchObject({
      state: "failed",
      failure: { step: "StepBuildSucceeded", message: "exit code 1" },
    });
    expect(reasons(told)).toEqual(["Succeeded", "Succeeded", "Queued", "Queued"]);
  });

  test("is none without its annotation, or with one that is no JSON", () => {
    expect(toldProgress({ metadata: {} } as Build)).toBeUndefined();
    expect(toldProgress(build("{"))).toBeUndefined();
  });
});

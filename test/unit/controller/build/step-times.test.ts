import { describe, expect, test } from "vitest";
import { stepTimes } from "../../../../src/controller/build/step-times.ts";
import recorded from "./recorded-workflows.json" with { type: "json" };

const workflow = (status: object): Parameters<typeof stepTimes>[0] => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "w" },
  status,
});

/** Names with seconds. */
const took = (status: object): string[] =>
  stepTimes(workflow(status)).map(({ name, startedAt, finishedAt = "" }) => {
    const ms = Date.parse(finishedAt) - Date.parse(startedAt);
    return `${name} ${ms / 1000}`;
  });

describe("the times of a build's steps, as Argo 3.7.3 told them", () => {
  test("follow each other, although the containers are started together", () => {
    expect(took(recorded.succeeded)).toEqual(["clone 5", "test 0", "build 3", "push 1"]);
  });

  test("end with the step that failed: those behind it never began", () => {
    expect(took(recorded["test-failed"])).toEqual(["clone 5", "test 3"]);
    expect(took(recorded["build-failed"])).toEqual(["clone 4", "test 2", "build 1"]);
  });

  test("have no end for the step that runs", () => {
    const nodes = {
      a: { displayName: "clone-step", phase: "Running", startedAt: "2030-01-01T00:00:00Z", finishedAt: null },
      b: { displayName: "test-step", phase: "Running", startedAt: "2030-01-01T00:00:00Z", finishedAt: null },
    };
    expect(stepTimes(workflow({ nodes }))).toEqual([{ name: "clone", startedAt: "2030-01-01T00:00:00Z" }]);
    expect(stepTimes(workflow({}))).toEqual([]);
  });
});

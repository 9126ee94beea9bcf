import { describe, expect, test } from "vitest";
import { readProgress } from "../../../../src/controller/build/steps.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import recorded from "./recorded-workflows.json" with { type: "json" };

const workflow = (status: object): AnyObject => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "w" },
  status,
});

const reasons = (status: object): string[] => readProgress(workflow(status)).steps.map(({ reason }) => reason);

const node = (displayName: string, phase: string, message?: string): object => ({ displayName, phase, message });

describe("the progress of a build, as Argo 3.7.3 told it", () => {
  test("is all steps and the outputs of the last one when it has succeeded", () => {
    const { state, steps, outputs, failure } = readProgress(workflow(recorded.succeeded));
    expect(state).toBe("succeeded");
    expect(failure).toBeUndefined();
    expect(steps.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ["StepCloneSucceeded", true, "Succeeded"],
      ["StepTestSucceeded", true, "Succeeded"],
      ["StepBuildSucceeded", true, "Succeeded"],
      ["StepPushSucceeded", true, "Succeeded"],
    ]);
    expect(outputs["image"]).toMatch(/^default-org-default-project-svc-d16fc055:main-0d6e4079-[0-9a-f]{8}@sha256:/);
    expect(outputs["port"]).toBe("9090");
  });

  test("ends at the step that failed; those behind it never began", () => {
    const failed = readProgress(workflow(recorded["test-failed"]));
    expect(failed.state).toBe("failed");
    expect(failed.failure).toMatchObject({ step: "StepTestSucceeded", container: "test-step" });
    expect(failed.failure?.message).toContain("exit code 1");
    expect(failed.steps.map(({ reason }) => reason)).toEqual(["Succeeded", "Failed", "Queued", "Queued"]);
  });

  test("tells a stage of tests that is not there from one that ran", () => {
    expect(reasons(recorded["build-failed"])).toEqual(["Succeeded", "Skipped", "Failed", "Queued"]);
  });
});

describe("the progress of a build", () => {
  test("is told up to the step that runs", () => {
    const nodes = {
      a: node("clone-step", "Succeeded"),
      b: node("test-step", "Running"),
      c: node("build-step", "Pending"),
    };
    expect(reasons({ phase: "Running", nodes })).toEqual(["Succeeded", "Progressing", "Queued", "Queued"]);
  });

  test("shows why a pod waits", () => {
    const { steps, state } = readProgress(
      workflow({
        phase: "Running",
        nodes: { a: node("clone-step", "Pending", "Unschedulable: 0/1 nodes are available") },
      }),
    );
    expect(state).toBe("running");
    expect(steps[0]).toMatchObject({ reason: "Progressing", message: "Unschedulable: 0/1 nodes are available" });
  });

  test("fails at the first open step when the workflow as a whole failed", () => {
    const { state, failure, steps } = readProgress(
      workflow({
        phase: "Failed",
        message: "Max duration limit exceeded",
        nodes: { a: node("clone-step", "Succeeded") },
      }),
    );
    expect(state).toBe("failed");
    expect(failure).toMatchObject({ step: "StepTestSucceeded", message: "Max duration limit exceeded" });
    expect(steps.map(({ reason }) => reason)).toEqual(["Succeeded", "Failed", "Queued", "Queued"]);
  });

  test("fails at the first step when Argo refused the workflow", () => {
    const refused = workflow({ phase: "Error", message: 'workflowtemplates "mine" not found' });
    expect(readProgress(refused).failure).toMatchObject({
      step: "StepCloneSucceeded",
      message: 'workflowtemplates "mine" not found',
    });
  });

  test("tells a step of the user's own by its name, and never the pod of the platform's steps", () => {
    const pod = (name: string, phase: string, message?: string): object => ({
      ...{ id: name, boundaryID: "w", type: "Pod", templateName: name, displayName: name, phase, message },
    });
    const before = workflow({
      phase: "Failed",
      message: "child 'check' failed",
      nodes: { a: pod("check", "Failed", "main: Error (exit code 1)") },
    });
    expect(readProgress(before).failure).toEqual({
      ...{ step: "StepCloneSucceeded", container: "check", message: "check: Error (exit code 1)" },
    });
    const ours = { ...node("clone-step", "Succeeded"), boundaryID: "build", type: "Container" };
    const inOurs = workflow({
      phase: "Failed",
      message: "Step exceeded its deadline",
      nodes: { a: pod("build", "Failed", "pod deleted"), b: ours },
    });
    expect(readProgress(inOurs).failure).toMatchObject({
      ...{ step: "StepTestSucceeded", container: "test-step", message: "Step exceeded its deadline" },
    });
  });

  test("calls steps skipped that a template of the user's own does not have", () => {
    const outputs = { parameters: [{ name: "image", value: "a:1@sha256:0" }] };
    const { state, steps, outputs: read } = readProgress(workflow({ phase: "Succeeded", outputs, nodes: {} }));
    expect(state).toBe("succeeded");
    expect(read["image"]).toBe("a:1@sha256:0");
    expect(new Set(steps.map(({ reason, status }) => `${reason} ${status}`))).toEqual(new Set(["Skipped true"]));
  });
});

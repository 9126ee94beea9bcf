import { describe, expect, test } from "vitest";
import { podProblem, readiness } from "../../../src/k8s/readiness.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";

const GROUPS: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  Gateway: "gateway.networking.k8s.io/v1",
  Widget: "example.org/v1",
};

const object = (kind: string, fields: Record<string, unknown>, generation = 1): AnyObject => ({
  apiVersion: GROUPS[kind] ?? "v1",
  kind,
  metadata: { name: "a", generation },
  ...fields,
});
const withCondition = (kind: string, type: string, status: string, more = {}): AnyObject =>
  object(kind, { status: { conditions: [{ type, status, reason: "", message: "", ...more }] } });

const rolledOut = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };
const isReady = (given: AnyObject): boolean => readiness(given).ready;

describe("a Deployment", () => {
  const deployment = (status: Record<string, unknown>): AnyObject =>
    object("Deployment", { spec: { replicas: 2 }, status }, 2);

  test.each([
    ["all replicas are new and available", {}, true],
    ["its change was not seen yet", { observedGeneration: 1 }, false],
    ["a replica is not available", { availableReplicas: 1 }, false],
    ["a replica is of the version before", { updatedReplicas: 1 }, false],
    ["replicas of the version before are still there", { replicas: 3 }, false],
  ])("when %s", (_what, change, ready) => {
    expect(isReady(deployment({ ...rolledOut, ...change }))).toBe(ready);
  });

  test("is not ready before its controller saw it, even with no replicas", () => {
    expect(isReady(object("Deployment", { spec: { replicas: 0 }, status: {} }))).toBe(false);
    expect(isReady(object("Deployment", { spec: { replicas: 0 }, status: { observedGeneration: 1 } }))).toBe(true);
  });
});

describe("other kinds", () => {
  test.each([
    ["StatefulSet", object("StatefulSet", { spec: { replicas: 2 }, status: rolledOut }, 2), true],
    ["new DaemonSet", object("DaemonSet", { status: { desiredNumberScheduled: 0 } }), false],
    [
      "DaemonSet on each node",
      object("DaemonSet", {
        status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
      }),
      true,
    ],
    [
      "DaemonSet on one of two nodes",
      object("DaemonSet", {
        status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
      }),
      false,
    ],
    ["complete Job", withCondition("Job", "Complete", "True"), true],
    ["failed Job", withCondition("Job", "Failed", "True"), false],
    ["Pod that succeeded", object("Pod", { status: { phase: "Succeeded" } }), true],
    ["Pod that is ready", withCondition("Pod", "Ready", "True"), true],
    ["Pod that is pending", object("Pod", { status: { phase: "Pending" } }), false],
    ["active Namespace", object("Namespace", { status: { phase: "Active" } }), true],
    ["Namespace on its way out", object("Namespace", { status: { phase: "Terminating" } }), false],
    ["established CRD", withCondition("CustomResourceDefinition", "Established", "True"), true],
    ["CRD with a name that is taken", withCondition("CustomResourceDefinition", "Established", "False"), false],
    ["Gateway that is only accepted", withCondition("Gateway", "Accepted", "True"), false],
    ["programmed Gateway", withCondition("Gateway", "Programmed", "True"), true],
    ["kind of one's own that is not ready", withCondition("Widget", "Ready", "False"), false],
    ["kind without conditions", object("ConfigMap", { data: {} }), true],
  ])("a %s", (_what, given, ready) => {
    expect(isReady(given)).toBe(ready);
  });

  test("of another group with the same name go by their conditions", () => {
    const ours = { ...withCondition("Deployment", "Ready", "True"), apiVersion: "core.choreo.dev/v1" };
    expect(isReady(ours)).toBe(true);
  });

  test("say why they are not ready in the words of their controller", () => {
    const given = withCondition("Gateway", "Programmed", "False", { reason: "NoAddress", message: "none is free" });
    expect(readiness(given)).toEqual({ ready: false, missing: "NoAddress: none is free" });
  });
});

describe("a pod", () => {
  const pod = (...containerStatuses: Record<string, unknown>[]): AnyObject =>
    object("Pod", { status: { phase: "Pending", containerStatuses } });
  const waiting = (reason: string, more = {}) => ({ name: "main", state: { waiting: { reason } }, ...more });

  test.each(["ContainerCreating", "PodInitializing"])("that waits in %s has no problem", (reason) => {
    expect(podProblem(pod(waiting(reason)))).toBeUndefined();
  });

  test("that cannot pull its image has one", () => {
    expect(podProblem(pod({ name: "ok", state: {} }, waiting("ImagePullBackOff")))).toMatchObject({
      reason: "ImagePullBackOff",
    });
  });

  test("that crashes tells the exit code of the last run", () => {
    const lastState = { terminated: { exitCode: 137, message: "out of memory\n" } };
    const problem = podProblem(pod(waiting("CrashLoopBackOff", { lastState })));
    expect(problem).toMatchObject({ reason: "CrashLoopBackOff" });
    expect(problem?.message).toBe("container main exited with 137:\nout of memory");
  });

  test("that has just crashed again is in the same loop", () => {
    const crashed = { name: "main", restartCount: 3, state: { terminated: { exitCode: 1, reason: "Error" } } };
    expect(podProblem(pod(crashed))?.reason).toBe("CrashLoopBackOff");
    expect(podProblem(pod({ ...crashed, restartCount: 0 }))?.reason).toBe("Error");
  });

  test("that is tried again after a crash is still in the loop until it has started", () => {
    const again = {
      ...{ name: "main", restartCount: 1, state: { running: {} } },
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    };
    expect(podProblem(pod({ ...again, started: false }))).toEqual({
      reason: "CrashLoopBackOff",
      message: "container main exited with 1",
    });
    expect(podProblem(pod({ ...again, started: true }))).toBeUndefined();
  });

  test("whose init container fails has a problem", () => {
    const status = { initContainerStatuses: [waiting("CreateContainerConfigError")] };
    expect(podProblem(object("Pod", { status }))?.reason).toBe("CreateContainerConfigError");
  });

  test("that fits on no node has a problem", () => {
    const more = { reason: "Unschedulable", message: "0/1 nodes: Insufficient cpu" };
    expect(podProblem(withCondition("Pod", "PodScheduled", "False", more))).toEqual(more);
  });

  test("that was evicted has a problem, and one that runs has none", () => {
    expect(podProblem(object("Pod", { status: { phase: "Failed", reason: "Evicted" } }))?.reason).toBe("Evicted");
    expect(podProblem(object("Pod", { status: { phase: "Running" } }))).toBeUndefined();
  });
});

import { describe, expect, test } from "vitest";
import { allReconcilers } from "../../../src/controller/index.ts";
import { DONE, type Reconciler } from "../../../src/controller/reconciler.ts";
import { isChoreoError } from "../../../src/lib/errors.ts";
import { resourcesOf } from "../../helpers/choreo-resources.ts";
import { createMemoryCluster } from "../../helpers/memory-cluster.ts";
import { conditionOf, randomName, runController } from "../../helpers/running-controller.ts";

const counting = (): { reconciler: Reconciler; names: string[] } => {
  const names: string[] = [];
  const reconcile: Reconciler["reconcile"] = async ({ name }) => {
    names.push(name);
    return DONE;
  };
  return { names, reconciler: { kind: "Organization", watches: [], reconcile } };
};

describe("the manager", () => {
  test("has one reconciler for each kind that needs one", () => {
    expect(allReconcilers().map(({ kind }) => kind)).toEqual([
      "Organization",
      "DataPlane",
      "BuildPlane",
      "Environment",
      "DeploymentPipeline",
      "Project",
      "Component",
      "DeploymentTrack",
      "DeployableArtifact",
      "Build",
      "Deployment",
      "Endpoint",
    ]);
  });

  test("counts what it does", async () => {
    const [cluster, name] = [createMemoryCluster(), randomName("acme")];
    const controller = await runController(cluster.client);
    await cluster.client.apply(resourcesOf(name).organization());
    await expect.poll(() => controller.stats().kinds["Organization"]?.reconciles).toBeGreaterThan(0);
    expect(controller.stats()).toMatchObject({ working: true, errors: 0 });
  });

  test("reports a reconcile that fails, and leaves the others alone", async () => {
    const cluster = createMemoryCluster();
    const [bad, good]: [Reconciler, Reconciler] = [
      { kind: "Organization", watches: [], reconcile: () => Promise.reject(new Error("boom")) },
      {
        ...counting().reconciler,
        kind: "Project",
        watches: [{ kind: "Organization", keys: () => [{ namespace: "a", name: "b" }] }],
      },
    ];
    const controller = await runController(cluster.client, { reconcilers: [bad, good] });
    await cluster.client.apply(resourcesOf("acme").organization());
    await expect.poll(() => controller.errors.length).toBeGreaterThan(0);
    await expect.poll(() => controller.stats().kinds["Project"]).toMatchObject({ reconciles: 1, errors: 0 });
    expect(controller.lines.join("\n")).toContain("Organization acme: boom");
  });

  test("survives a watch whose mapping fails", async () => {
    const [cluster, { reconciler, names }] = [createMemoryCluster(), counting()];
    const keys = (): never => {
      throw new Error("boom");
    };
    await runController(cluster.client, {
      reconcilers: [{ ...reconciler, watches: [{ kind: "Organization", keys }] }],
    });
    await cluster.client.apply(resourcesOf("one").organization());
    await cluster.client.apply(resourcesOf("two").organization());
    await expect.poll(() => names).toEqual(["one", "two"]);
  });

  test("stops for good: no call is made and nothing is reconciled afterwards", async () => {
    const cluster = createMemoryCluster();
    const controller = await runController(cluster.client);
    await controller.stop();
    const calls = cluster.calls.length;
    await cluster.client.apply(resourcesOf("acme").organization());
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(cluster.calls.length).toBe(calls + 1);
    expect(controller.stats().working).toBe(false);
  });

  test("of two managers with leader election one acts, and the other takes over when it stops", async () => {
    const cluster = createMemoryCluster();
    const first = await runController(cluster.client, { leaderElection: { identity: "first" } });
    await first.ready;
    const second = await runController(cluster.client, { leaderElection: { identity: "second" } });
    await cluster.client.apply(resourcesOf("acme").organization());
    await expect.poll(() => conditionOf(cluster.objects("Organization")[0], "Ready")).toBe("True");
    expect([first.stats().working, second.stats().working]).toEqual([true, false]);
    expect(second.stats().reconciles).toBe(0);
    await first.stop();
    await second.ready;
    await cluster.client.apply(resourcesOf("late").organization());
    await expect
      .poll(() => cluster.objects("Organization").map((object) => conditionOf(object, "Ready")))
      .toEqual(["True", "True"]);
  });

  test("tells who waits for it when it is stopped before its caches are complete", async () => {
    const cluster = createMemoryCluster();
    cluster.intercept = ({ verb }) => (verb === "list" ? new Error("not yet") : undefined);
    const controller = await runController(cluster.client, { leaderElection: true });
    await controller.stop();
    expect(isChoreoError(await controller.ready.catch((error: unknown) => error), "E_INTERRUPTED")).toBe(true);
  });
});

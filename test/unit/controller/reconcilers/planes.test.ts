import { describe, expect, test } from "vitest";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { createManualClock, settled } from "../../../helpers/manual-clock.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../helpers/memory-cluster.ts";
import { conditionOf, randomName, runController } from "../../../helpers/running-controller.ts";

const ORG = "acme";
const make = resourcesOf(ORG);

const controlPlane = async (): Promise<MemoryCluster> => {
  const cluster = createMemoryCluster();
  await cluster.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: ORG } });
  return cluster;
};

const only = (cluster: MemoryCluster, kind: string) => cluster.objects(kind)[0];
const statusOf = (cluster: MemoryCluster, kind: string) =>
  only(cluster, kind)?.["status"] as Record<string, unknown> | undefined;

describe("a DataPlane", () => {
  test("is Reachable when its API server answers with our credentials, and shows the version", async () => {
    const [control, data] = [await controlPlane(), createMemoryCluster()];
    await runController(control.client, { planes: { "https://data.test": data.client } });
    await control.client.apply(make.dataPlane(randomName("plane")));
    await expect.poll(() => conditionOf(only(control, "DataPlane"), "Reachable")).toBe("True");
    expect(conditionOf(only(control, "DataPlane"), "Created")).toBe("True");
    expect(statusOf(control, "DataPlane")).toMatchObject({
      serverVersion: "v1.34.2",
      lastProbeTime: expect.any(String),
    });
  });

  test("says why it is not reachable", async () => {
    const control = await controlPlane();
    await runController(control.client);
    await control.client.apply(make.dataPlane("plane"));
    await expect
      .poll(() => conditionOf(only(control, "DataPlane"), "Reachable"))
      .toBe("False: ConnectionFailed: https://data.test does not answer");
  });

  test("says which credential makes no sense, and never shows it", async () => {
    const control = await controlPlane();
    await runController(control.client);
    const plane = make.dataPlane("plane");
    const { kubernetesCluster } = plane["spec"] as { kubernetesCluster: { credentials: Record<string, string> } };
    kubernetesCluster.credentials["clientKey"] = "not-base64-of-pem";
    await control.client.apply(plane);
    await expect.poll(() => conditionOf(only(control, "DataPlane"), "Reachable")).toContain("credentials.clientKey");
    expect(JSON.stringify(statusOf(control, "DataPlane"))).not.toContain("not-base64");
  });

  test("is asked with the new credentials as soon as they change", async () => {
    const [control, data] = [await controlPlane(), createMemoryCluster()];
    await runController(control.client, { planes: { "https://moved.test": data.client } });
    await control.client.apply(make.dataPlane("plane", "https://old.test"));
    await expect.poll(() => conditionOf(only(control, "DataPlane"), "Reachable")).toContain("ConnectionFailed");
    await control.client.apply(make.dataPlane("plane", "https://moved.test"));
    await expect.poll(() => conditionOf(only(control, "DataPlane"), "Reachable")).toBe("True");
  });

  test("is not asked again by its own status", async () => {
    const [control, data] = [await controlPlane(), createMemoryCluster()];
    const controller = await runController(control.client, { planes: { "https://data.test": data.client } });
    await control.client.apply(make.dataPlane("plane"));
    await expect.poll(() => conditionOf(only(control, "DataPlane"), "Reachable")).toBe("True");
    await expect.poll(() => controller.stats().running + controller.stats().queued).toBe(0);
    expect(data.calls.filter(({ verb }) => verb === "version").length).toBe(1);
  });

  test("is asked again after a while, and that wakes nobody as long as it answers the same", async () => {
    const [control, data, clock] = [await controlPlane(), createMemoryCluster(), createManualClock()];
    await control.client.apply(make.dataPlane("plane"));
    await control.client.apply(make.environment("dev", "plane"));
    const controller = await runController(control.client, { planes: { "https://data.test": data.client }, clock });
    await expect.poll(() => conditionOf(only(control, "Environment"), "Ready")).toBe("True");
    await expect.poll(() => conditionOf(only(control, "DataPlane"), "Reachable")).toBe("True");
    await settled();
    const { reconciles } = controller.stats().kinds["Environment"]!;
    await clock.advance(46_000);
    await expect.poll(() => statusOf(control, "DataPlane")?.["lastProbeTime"]).toBe("2030-01-01T00:00:45Z");
    await settled();
    expect(data.calls.filter(({ verb }) => verb === "version")).toHaveLength(2);
    expect(controller.stats().kinds["Environment"]?.reconciles).toBe(reconciles);
  });

  test("takes its environments down with it, and no others", async () => {
    const [control, data] = [await controlPlane(), createMemoryCluster()];
    await runController(control.client, { planes: { "https://data.test": data.client } });
    for (const name of ["east", "west"]) await control.client.apply(make.dataPlane(name));
    await control.client.apply(make.environment("dev", "east"));
    await control.client.apply(make.environment("prod", "west"));
    await expect
      .poll(() => control.objects("Environment").map((env) => conditionOf(env, "Ready")))
      .toEqual(["True", "True"]);
    await control.client.delete({ apiVersion: "core.choreo.dev/v1", kind: "DataPlane", namespace: ORG, name: "east" });
    await expect
      .poll(() => control.objects("DataPlane").map(({ metadata }) => metadata.name), { timeout: 5000 })
      .toEqual(["west"]);
    expect(control.objects("Environment").map(({ metadata }) => metadata.name)).toEqual(["prod"]);
  });
});

describe("a BuildPlane", () => {
  const buildPlaneRef = { apiVersion: "core.choreo.dev/v1", kind: "BuildPlane", namespace: ORG, name: "builder" };

  test("is ArgoReady when its cluster knows workflows", async () => {
    const [control, build] = [await controlPlane(), createMemoryCluster()];
    await runController(control.client, { planes: { "https://build.test": build.client } });
    await control.client.apply(make.buildPlane("builder"));
    await expect.poll(() => conditionOf(only(control, "BuildPlane"), "ArgoReady")).toBe("True");
    expect(conditionOf(only(control, "BuildPlane"), "Reachable")).toBe("True");
  });

  test("says that workflows are missing, and that it does not know while nothing answers", async () => {
    const [control, build] = [await controlPlane(), createMemoryCluster({ unknownKinds: ["Workflow"] })];
    await runController(control.client, { planes: { "https://build.test": build.client } });
    await control.client.apply(make.buildPlane("builder"));
    await expect.poll(() => conditionOf(only(control, "BuildPlane"), "ArgoReady")).toContain("WorkflowCRDMissing");
    await control.client.apply(make.buildPlane("builder", "https://off.test"));
    await expect
      .poll(() => conditionOf(only(control, "BuildPlane"), "ArgoReady"))
      .toContain("Unknown: ConnectionFailed");
  });

  test("waits for a running build before it goes, and takes its namespace along", async () => {
    const [control, plane] = [await controlPlane(), createMemoryCluster()];
    await plane.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: `choreo-ci-${ORG}` } });
    await runController(control.client, { planes: { "https://build.test": plane.client } });
    const build = await control.client.apply(make.build("build-1", ["shop", "cart", "main"]));
    const progressing = {
      type: "Completed",
      status: "False",
      reason: "BuildProgressing",
      message: "",
      lastTransitionTime: "2030-01-01T00:00:00Z",
    };
    control.put({ ...build, status: { conditions: [progressing] } });
    await control.client.apply(make.buildPlane("builder"));
    await expect.poll(() => conditionOf(only(control, "BuildPlane"), "Reachable")).toBe("True");
    await control.client.delete(buildPlaneRef);
    await expect
      .poll(() => only(control, "BuildPlane")?.["status"])
      .toMatchObject({
        conditions: expect.arrayContaining([
          expect.objectContaining({
            reason: "BuildPlaneFinalizing",
            message: expect.stringContaining("Build build-1"),
          }),
        ]),
      });
    control.put({ ...build, status: { conditions: [{ ...progressing, status: "True", reason: "BuildCompleted" }] } });
    await expect.poll(() => only(control, "BuildPlane"), { timeout: 5000 }).toBeUndefined();
    expect(plane.objects("Namespace").map(({ metadata }) => metadata.name)).not.toContain(`choreo-ci-${ORG}`);
  });

  test("goes although its cluster is gone, and says by an event what it left behind", async () => {
    const control = await controlPlane();
    await runController(control.client);
    await control.client.apply(make.buildPlane("builder"));
    await expect.poll(() => conditionOf(only(control, "BuildPlane"), "Reachable")).toContain("ConnectionFailed");
    await control.client.delete(buildPlaneRef);
    await expect.poll(() => only(control, "BuildPlane"), { timeout: 5000 }).toBeUndefined();
    await expect.poll(() => control.objects("Event").map((event) => event["reason"])).toContain("NamespaceLeftBehind");
  });
});

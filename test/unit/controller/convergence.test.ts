import { describe, expect, test } from "vitest";
import { resourcesOf, wholeOrganization } from "../../helpers/choreo-resources.ts";
import { createMemoryCluster, type MemoryCluster } from "../../helpers/memory-cluster.ts";
import { applyAll, conditionOf, runController } from "../../helpers/running-controller.ts";

const ORG = "acme";
const make = resourcesOf(ORG);
const PLANES = (): Record<string, MemoryCluster["client"]> => ({
  "https://data.test": createMemoryCluster().client,
  "https://build.test": createMemoryCluster().client,
});

/** The condition by which each kind says that it does its job. */
const MAIN = {
  Organization: "Ready",
  DataPlane: "Created",
  BuildPlane: "Created",
  Environment: "Ready",
  DeploymentPipeline: "Available",
  Project: "Created",
  Component: "Created",
  DeploymentTrack: "Available",
  DeployableArtifact: "Available",
};

const mainConditions = (cluster: MemoryCluster): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(MAIN).map(([kind, type]) => [
      kind,
      [...new Set(cluster.objects(kind).map((object) => conditionOf(object, type)))],
    ]),
  );

const only = (cluster: MemoryCluster, kind: string) => cluster.objects(kind)[0];

describe("the controller", () => {
  test("brings a whole organization to its goal when the parents come last", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client, { planes: PLANES() });
    const [organization, ...rest] = wholeOrganization(ORG);
    await applyAll(cluster.client, [organization!, ...rest.reverse()]);
    const goal = Object.fromEntries(Object.keys(MAIN).map((kind) => [kind, ["True"]]));
    await expect.poll(() => mainConditions(cluster), { timeout: 1500 }).toEqual(goal);
    expect(conditionOf(only(cluster, "Project"), "Valid")).toBe("True");
    expect(conditionOf(only(cluster, "DeploymentPipeline"), "EnvironmentsResolved")).toBe("True");
  });

  test("finds objects that were there before it started", async () => {
    const cluster = createMemoryCluster();
    await cluster.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: ORG } });
    await applyAll(cluster.client, wholeOrganization(ORG));
    await runController(cluster.client, { planes: PLANES() });
    const goal = Object.fromEntries(Object.keys(MAIN).map((kind) => [kind, ["True"]]));
    await expect.poll(() => mainConditions(cluster), { timeout: 1500 }).toEqual(goal);
  });

  test("says in each object what it waits for", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    const path = ["shop", "cart", "cart-main"] as const;
    await applyAll(cluster.client, [
      make.organization(),
      make.environment("dev", "plane"),
      make.pipeline("pipeline", ["dev", "staging", "prod"]),
      make.project("store", "other-pipeline"),
      make.component("cart", "shop"),
      make.artifact("cart-1", path),
    ]);
    await expect.poll(() => conditionOf(only(cluster, "Environment"), "Ready")).toContain('no DataPlane "plane"');
    await expect
      .poll(() => conditionOf(only(cluster, "DeploymentPipeline"), "EnvironmentsResolved"))
      .toContain('no Environment "staging", "prod"');
    await expect
      .poll(() => conditionOf(only(cluster, "Project"), "Valid"))
      .toContain('no DeploymentPipeline "other-pipeline"');
    await expect
      .poll(() => conditionOf(only(cluster, "Component"), "Created"))
      .toContain('no Project "shop" in organization "acme"');
    await expect
      .poll(() => conditionOf(only(cluster, "DeployableArtifact"), "Available"))
      .toContain('no Project "shop"');
  });

  test("says which label is missing", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    const component = make.component("cart", "shop");
    delete component.metadata.labels?.["core.choreo.dev/project"];
    await applyAll(cluster.client, [make.organization(), component]);
    await expect
      .poll(() => conditionOf(only(cluster, "Component"), "Created"))
      .toContain("core.choreo.dev/project is not set");
  });

  test("finds a parent by its object name where no name label says it", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    const project = make.project("shop", "pipeline");
    delete project.metadata.labels?.["core.choreo.dev/name"];
    await applyAll(cluster.client, [make.organization(), project, make.component("cart", "shop")]);
    await expect.poll(() => conditionOf(only(cluster, "Component"), "Created")).toBe("True");
  });

  test("tells two components of one name in two projects apart", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    const track = make.track("api-main", "two", "api");
    const rename = (object: ReturnType<typeof make.component>, name: string) => ({
      ...object,
      metadata: { ...object.metadata, name },
    });
    await applyAll(cluster.client, [
      make.organization(),
      make.project("one", "pipeline"),
      make.project("two", "pipeline"),
      rename(make.component("api", "one"), "one-api"),
      track,
    ]);
    await expect
      .poll(() => conditionOf(only(cluster, "DeploymentTrack"), "Available"))
      .toContain('no Component "api" in project "two"');
    await applyAll(cluster.client, [rename(make.component("api", "two"), "two-api")]);
    await expect.poll(() => conditionOf(only(cluster, "DeploymentTrack"), "Available")).toBe("True");
  });

  test.each([
    ["Service", "True"],
    ["ScheduledTask", "True"],
    ["Webhook", "UnsupportedComponentType"],
  ])("says whether a component of type %s can be deployed", async (type, said) => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    await applyAll(cluster.client, [
      make.organization(),
      make.project("shop", "p"),
      make.component("cart", "shop", type),
    ]);
    await expect.poll(() => conditionOf(only(cluster, "Component"), "TypeSupported")).toContain(said);
  });

  test("calls the younger of two projects of one name invalid", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    const twin = make.project("shop", "pipeline");
    twin.metadata.name = "a-later-shop";
    await applyAll(cluster.client, [
      make.organization(),
      make.pipeline("pipeline", []),
      make.project("shop", "pipeline"),
      twin,
    ]);
    await expect
      .poll(() => cluster.objects("Project").map((project) => conditionOf(project, "Valid")))
      .toEqual([expect.stringContaining("NameTaken"), "True"]);
  });

  test("reaches the goal although every second write fails for a while", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client, { planes: PLANES() });
    let writes = 0;
    cluster.intercept = ({ verb }) =>
      verb === "patch" && writes++ < 40 && writes % 2 === 1 ? new Error("injected") : undefined;
    await applyAll(cluster.client, wholeOrganization(ORG));
    await expect.poll(() => mainConditions(cluster)["DeployableArtifact"], { timeout: 10_000 }).toEqual(["True"]);
  });

  test("writes nothing more once everything is as it should be", async () => {
    const cluster = createMemoryCluster();
    const controller = await runController(cluster.client, { planes: PLANES() });
    await applyAll(cluster.client, wholeOrganization(ORG));
    await expect.poll(() => mainConditions(cluster)["DeployableArtifact"]).toEqual(["True"]);
    await expect.poll(() => controller.stats().running + controller.stats().queued).toBe(0);
    const writes = (): number =>
      cluster.calls.filter(({ verb }) => !["get", "list", "watch", "version"].includes(verb)).length;
    const before = writes();
    for (const object of cluster.objects("Component"))
      cluster.put({ ...object, metadata: { ...object.metadata, annotations: { a: "b" } } });
    await expect.poll(() => controller.stats().running + controller.stats().queued).toBe(0);
    expect(writes()).toBe(before);
  });
});

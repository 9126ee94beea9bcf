import { describe, expect, test } from "vitest";
import { resourcesOf, wholeOrganization } from "../../helpers/choreo-resources.ts";
import { createMemoryCluster, type MemoryCluster } from "../../helpers/memory-cluster.ts";
import { applyAll, conditionOf, holdingReconciler, runController } from "../../helpers/running-controller.ts";
import { CHOREO_KINDS } from "../../../src/crds/labels.ts";
import { hierarchyReconcilers } from "../../../src/controller/reconcilers/index.ts";

const ORG = "acme";
const API = "core.choreo.dev/v1";
const make = resourcesOf(ORG);
const SLOW = { timeout: 15_000 };

const namesOf = (cluster: MemoryCluster, kind: string): string[] =>
  cluster.objects(kind).map(({ metadata }) => metadata.name);
const only = (cluster: MemoryCluster, kind: string) => cluster.objects(kind)[0];

/** Everything of the platform that is left in the control plane. */
const leftovers = (cluster: MemoryCluster): string[] =>
  CHOREO_KINDS.flatMap((kind) => namesOf(cluster, kind).map((name) => `${kind} ${name}`));

const planeNamespace = async (plane: MemoryCluster, project: string, environment: string): Promise<void> => {
  const labels = { "organization-name": ORG, "project-name": project, "environment-name": environment };
  const metadata = {
    name: `dp-${project}-${environment}`,
    labels: { ...labels, "managed-by": "choreo-deployment-controller" },
  };
  await plane.client.create({ apiVersion: "v1", kind: "Namespace", metadata });
};

const start = async (cluster: MemoryCluster, data: MemoryCluster, mayGo: () => boolean = () => true) =>
  await runController(cluster.client, {
    planes: { "https://data.test": data.client, "https://build.test": createMemoryCluster().client },
    reconcilers: [...hierarchyReconcilers, holdingReconciler("Deployment", mayGo)],
  });

const settle = async (cluster: MemoryCluster): Promise<void> => {
  await expect.poll(() => conditionOf(only(cluster, "DeployableArtifact"), "Available")).toBe("True");
  await expect
    .poll(() => cluster.objects("Deployment").every(({ metadata }) => metadata.finalizers?.length === 1))
    .toBe(true);
};

describe("deleting an organization", () => {
  test("ends, and leaves nothing in the control plane nor namespaces in the data plane", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    await start(cluster, data);
    await applyAll(cluster.client, wholeOrganization(ORG));
    await planeNamespace(data, "shop", "dev");
    await settle(cluster);
    await cluster.client.delete({ apiVersion: API, kind: "Organization", name: ORG });
    await expect.poll(() => leftovers(cluster), SLOW).toEqual([]);
    expect(namesOf(cluster, "Namespace")).not.toContain(ORG);
    expect(namesOf(data, "Namespace")).not.toContain("dp-shop-dev");
  });

  test("says down to the last child what holds it", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    let mayGo = false;
    await start(cluster, data, () => mayGo);
    await applyAll(cluster.client, wholeOrganization(ORG));
    await settle(cluster);
    await cluster.client.delete({ apiVersion: API, kind: "Organization", name: ORG });
    await expect.poll(() => conditionOf(only(cluster, "DeploymentTrack"), "Finalizing")).toBe("True");
    await expect
      .poll(() => only(cluster, "Organization")?.["status"], SLOW)
      .toMatchObject({
        conditions: expect.arrayContaining([
          expect.objectContaining({
            type: "Deleting",
            status: "True",
            message: expect.stringMatching(
              /Project shop.*Component cart.*DeploymentTrack cart-main.*Deployment cart-dev/,
            ),
          }),
        ]),
      });
    expect(namesOf(cluster, "Environment")).toEqual(["dev", "prod"]);
    mayGo = true;
    await expect.poll(() => leftovers(cluster), SLOW).toEqual([]);
  });

  test("goes on where it was when the controller is started again half-way", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    const first = await start(cluster, data, () => false);
    await applyAll(cluster.client, wholeOrganization(ORG));
    await settle(cluster);
    await cluster.client.delete({ apiVersion: API, kind: "Organization", name: ORG });
    await expect.poll(() => conditionOf(only(cluster, "DeploymentTrack"), "Finalizing")).toBe("True");
    await first.stop();
    await start(cluster, data);
    await expect.poll(() => leftovers(cluster), SLOW).toEqual([]);
  });

  test("takes objects along that lost their parents", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    await start(cluster, data);
    const path = ["gone", "gone", "gone"] as const;
    await applyAll(cluster.client, [
      make.organization(),
      make.component("orphan", "gone"),
      make.track("orphan-track", "gone", "gone"),
      make.artifact("orphan-artifact", path),
      make.build("orphan-build", path),
      make.deployment("orphan-deployment", path, { environment: "gone", artifact: "gone" }),
    ]);
    await expect.poll(() => conditionOf(only(cluster, "Component"), "Created")).toContain("HierarchyNotFound");
    await cluster.client.delete({ apiVersion: API, kind: "Organization", name: ORG });
    await expect.poll(() => leftovers(cluster), SLOW).toEqual([]);
  });

  test("ends with a plane that is gone for good, once it is annotated to be forced", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    await start(cluster, data);
    await applyAll(cluster.client, wholeOrganization(ORG, "https://off.test"));
    await settle(cluster);
    await cluster.client.delete({ apiVersion: API, kind: "Organization", name: ORG });
    await expect
      .poll(() => JSON.stringify(only(cluster, "Project")?.["status"] ?? ""), SLOW)
      .toContain(
        "DataPlane plane to answer: https://off.test does not answer; annotate it with core.choreo.dev/force-delete=true",
      );
    const force = { metadata: { annotations: { "core.choreo.dev/force-delete": "true" } } };
    await cluster.client.mergePatch({ apiVersion: API, kind: "Organization", name: ORG }, force);
    await expect.poll(() => leftovers(cluster), SLOW).toEqual([]);
  });
});

describe("deleting a project", () => {
  const projectRef = { apiVersion: API, kind: "Project", namespace: ORG, name: "shop" };

  test("removes its namespaces on every data plane and no other, although its pipeline is gone", async () => {
    const [cluster, east, west] = [createMemoryCluster(), createMemoryCluster(), createMemoryCluster()];
    await runController(cluster.client, {
      planes: { "https://east.test": east.client, "https://west.test": west.client },
    });
    await applyAll(cluster.client, [
      make.organization(),
      make.dataPlane("east", "https://east.test"),
      make.dataPlane("west", "https://west.test"),
      make.project("shop", "no-such-pipeline"),
    ]);
    await planeNamespace(east, "shop", "dev");
    await planeNamespace(west, "shop", "prod");
    await planeNamespace(west, "blog", "prod");
    await expect.poll(() => conditionOf(only(cluster, "Project"), "Created")).toBe("True");
    await expect
      .poll(() => cluster.objects("DataPlane").map((plane) => conditionOf(plane, "Reachable")))
      .toEqual(["True", "True"]);
    await cluster.client.delete(projectRef);
    await expect.poll(() => namesOf(cluster, "Project"), SLOW).toEqual([]);
    expect([namesOf(east, "Namespace"), namesOf(west, "Namespace")]).toEqual([
      ["default", "kube-system"],
      ["default", "dp-blog-prod", "kube-system"],
    ]);
  });

  test("leaves components and namespaces to the older project of the same name", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    await runController(cluster.client, { planes: { "https://data.test": data.client } });
    const twin = make.project("shop", "pipeline");
    twin.metadata.name = "a-twin";
    await applyAll(cluster.client, [
      make.organization(),
      make.dataPlane("plane"),
      make.project("shop", "pipeline"),
      twin,
      make.component("cart", "shop"),
    ]);
    await planeNamespace(data, "shop", "dev");
    await expect
      .poll(() => cluster.objects("Project").every((project) => conditionOf(project, "Created") === "True"))
      .toBe(true);
    await cluster.client.delete({ ...projectRef, name: "a-twin" });
    await expect.poll(() => namesOf(cluster, "Project"), SLOW).toEqual(["shop"]);
    expect(namesOf(cluster, "Component")).toEqual(["cart"]);
    expect(namesOf(data, "Namespace")).toContain("dp-shop-dev");
  });
});

describe("deleting an environment", () => {
  const environmentRef = { apiVersion: API, kind: "Environment", namespace: ORG, name: "dev" };

  test("leaves its namespaces to another environment of the same name", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    await runController(cluster.client, { planes: { "https://data.test": data.client } });
    const twin = make.environment("dev", "plane");
    twin.metadata.name = "a-copy";
    await applyAll(cluster.client, [
      make.organization(),
      make.dataPlane("plane"),
      make.environment("dev", "plane"),
      twin,
    ]);
    await planeNamespace(data, "shop", "dev");
    await expect
      .poll(() => cluster.objects("Environment").every((environment) => conditionOf(environment, "Ready") === "True"))
      .toBe(true);
    await cluster.client.delete({ ...environmentRef, name: "a-copy" });
    await expect.poll(() => namesOf(cluster, "Environment"), SLOW).toEqual(["dev"]);
    expect(namesOf(data, "Namespace")).toContain("dp-shop-dev");
  });

  test("removes its deployments first, then its namespaces", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    let mayGo = false;
    await start(cluster, data, () => mayGo);
    await applyAll(cluster.client, wholeOrganization(ORG));
    await planeNamespace(data, "shop", "dev");
    await planeNamespace(data, "shop", "prod");
    await settle(cluster);
    await cluster.client.delete(environmentRef);
    await expect
      .poll(() => conditionOf(only(cluster, "Environment"), "Ready"))
      .toBe("False: EnvironmentFinalizing: Waiting for Deployment cart-dev");
    expect(namesOf(data, "Namespace")).toContain("dp-shop-dev");
    mayGo = true;
    await expect.poll(() => namesOf(cluster, "Environment"), SLOW).toEqual(["prod"]);
    expect(namesOf(data, "Namespace")).toEqual(["default", "dp-shop-prod", "kube-system"]);
  });

  test("needs no data plane that is not there any more", async () => {
    const cluster = createMemoryCluster();
    await runController(cluster.client);
    await applyAll(cluster.client, [make.organization(), make.environment("dev", "gone")]);
    await expect.poll(() => conditionOf(only(cluster, "Environment"), "Ready")).toContain("HierarchyNotFound");
    await cluster.client.delete(environmentRef);
    await expect.poll(() => namesOf(cluster, "Environment"), SLOW).toEqual([]);
  });
});

describe("deleting a deployment track", () => {
  test("removes deployments, then artifacts made by hand, then builds", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    let mayGo = false;
    await start(cluster, data, () => mayGo);
    await applyAll(cluster.client, [
      ...wholeOrganization(ORG),
      make.build("cart-build", ["shop", "cart", "cart-main"]),
    ]);
    await settle(cluster);
    await cluster.client.delete({ apiVersion: API, kind: "DeploymentTrack", namespace: ORG, name: "cart-main" });
    await expect.poll(() => conditionOf(only(cluster, "DeploymentTrack"), "Finalizing")).toBe("True");
    expect([namesOf(cluster, "DeployableArtifact"), namesOf(cluster, "Build")]).toEqual([["cart-1"], ["cart-build"]]);
    mayGo = true;
    await expect.poll(() => namesOf(cluster, "DeploymentTrack"), SLOW).toEqual([]);
    expect([namesOf(cluster, "DeployableArtifact"), namesOf(cluster, "Build")]).toEqual([[], []]);
  });
});

describe("deleting a deployable artifact", () => {
  test("removes the deployments that use it and no others", async () => {
    const [cluster, data] = [createMemoryCluster(), createMemoryCluster()];
    await start(cluster, data);
    const path = ["shop", "cart", "cart-main"] as const;
    const other = make.deployment("cart-other", path, { environment: "dev", artifact: "cart-2" });
    await applyAll(cluster.client, [...wholeOrganization(ORG), make.artifact("cart-2", path), other]);
    await settle(cluster);
    await cluster.client.delete({ apiVersion: API, kind: "DeployableArtifact", namespace: ORG, name: "cart-1" });
    await expect.poll(() => namesOf(cluster, "DeployableArtifact"), SLOW).toEqual(["cart-2"]);
    expect(namesOf(cluster, "Deployment")).toEqual(["cart-other"]);
  });
});

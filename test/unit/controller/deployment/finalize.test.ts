import { describe, expect, test } from "vitest";
import { dataPlaneNamespace } from "../../../../src/crds/names.ts";
import { cart, deleteDeployment, startWorld } from "./two-planes.ts";

describe("deleting a Deployment", () => {
  const deployed = async (): Promise<Awaited<ReturnType<typeof startWorld>>> => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    await expect.poll(() => world.control.objects("Endpoint")).toHaveLength(1);
    return world;
  };

  test("removes its objects and its Endpoints, and leaves what the namespace shares", async () => {
    const world = await deployed();
    await deleteDeployment(world.control, "cart-dev");
    await expect.poll(() => world.control.objects("Deployment"), { timeout: 5000 }).toEqual([]);
    expect(world.control.objects("Endpoint")).toEqual([]);
    expect([...world.data.objects("Deployment"), ...world.data.objects("Service")]).toEqual([]);
    expect(world.data.objects("CiliumNetworkPolicy")).toHaveLength(1);
    expect(world.data.objects("Namespace").map(({ metadata }) => metadata.name)).toContain(
      dataPlaneNamespace("default-org", "shop", "dev"),
    );
  });

  test("needs neither its artifact nor its parents", async () => {
    const world = await deployed();
    for (const kind of ["DeployableArtifact", "Component", "DeploymentTrack", "Project"]) {
      const [object] = world.control.objects(kind);
      world.control.put({
        ...object!,
        metadata: { ...object!.metadata, finalizers: [], deletionTimestamp: "2030-01-01T00:00:00Z" },
      });
    }
    await deleteDeployment(world.control, "cart-dev");
    await expect.poll(() => world.control.objects("Deployment"), { timeout: 5000 }).toEqual([]);
    expect(world.data.objects("Deployment")).toEqual([]);
  });

  test("waits for a data plane that does not answer, says so, and gives up when told to", async () => {
    const world = await deployed();
    world.data.intercept = ({ verb }) =>
      verb === "list" || verb === "get" ? new Error("connection refused") : undefined;
    await deleteDeployment(world.control, "cart-dev");
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("connection refused");
    await world.control.client.mergePatch(
      { apiVersion: "core.choreo.dev/v1", kind: "Deployment", name: "cart-dev", namespace: "default-org" },
      { metadata: { annotations: { "core.choreo.dev/force-delete": "true" } } },
    );
    await expect.poll(() => world.control.objects("Deployment"), { timeout: 8000 }).toEqual([]);
  });
});

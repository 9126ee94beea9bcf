import { describe, expect, test } from "vitest";
import { dataPlaneNamespace } from "../../../../src/crds/names.ts";
import { cart, deleteDeployment, PATH, startWorld } from "./two-planes.ts";

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

  test("leaves the Endpoints of another one with the same labels alone", async () => {
    const world = await deployed();
    const copy = world.make.deployment("cart-dev", PATH, { environment: "dev", artifact: "cart-1" });
    copy.metadata.name = "z-copy";
    await world.apply(copy);
    await expect.poll(() => world.condition("Deployment", "Ready", "z-copy")).toContain("DeploymentConflict");
    const [endpoint] = world.control.objects("Endpoint");
    await deleteDeployment(world.control, "z-copy");
    await expect.poll(() => world.control.objects("Deployment"), { timeout: 5000 }).toHaveLength(1);
    expect(world.control.objects("Endpoint").map(({ metadata }) => metadata.uid)).toEqual([endpoint?.metadata.uid]);
  });

  test("is forced by a parent that is being deleted by force", async () => {
    const world = await deployed();
    world.data.intercept = ({ verb }) =>
      verb === "list" || verb === "get" ? new Error("connection refused") : undefined;
    const ref = { apiVersion: "core.choreo.dev/v1", kind: "Component", name: "cart", namespace: "default-org" };
    const force = { metadata: { annotations: { "core.choreo.dev/force-delete": "true" } } };
    await world.control.client.mergePatch(ref, force);
    await world.control.client.delete(ref);
    await expect.poll(() => world.control.objects("Component"), { timeout: 15_000 }).toEqual([]);
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

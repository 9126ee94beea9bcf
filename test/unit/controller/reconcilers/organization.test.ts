import { describe, expect, test } from "vitest";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../helpers/memory-cluster.ts";
import { conditionOf, randomName, runController } from "../../../helpers/running-controller.ts";

const organizationIn = (cluster: MemoryCluster, name: string) =>
  cluster.objects("Organization").find(({ metadata }) => metadata.name === name);
const namespaceIn = (cluster: MemoryCluster, name: string) =>
  cluster.objects("Namespace").find(({ metadata }) => metadata.name === name);

describe("an Organization", () => {
  test("gets a namespace of its name that carries its labels and belongs to it", async () => {
    const [cluster, name] = [createMemoryCluster(), randomName("acme")];
    await runController(cluster.client);
    await cluster.client.apply(resourcesOf(name).organization());
    await expect.poll(() => conditionOf(organizationIn(cluster, name), "Ready")).toBe("True");
    expect(organizationIn(cluster, name)).toMatchObject({ status: { namespace: name, observedGeneration: 1 } });
    expect(namespaceIn(cluster, name)?.metadata).toMatchObject({
      labels: {
        "managed-by": "choreo-control-plane",
        "core.choreo.dev/organization": name,
        "core.choreo.dev/name": name,
      },
      ownerReferences: [{ kind: "Organization", name, uid: organizationIn(cluster, name)?.metadata.uid }],
    });
  });

  test("gets its namespace again when somebody deletes it", async () => {
    const [cluster, name] = [createMemoryCluster(), randomName("acme")];
    await runController(cluster.client);
    await cluster.client.apply(resourcesOf(name).organization());
    await expect.poll(() => namespaceIn(cluster, name)).toBeDefined();
    const before = namespaceIn(cluster, name)?.metadata.uid;
    await cluster.client.delete({ apiVersion: "v1", kind: "Namespace", name });
    await expect.poll(() => namespaceIn(cluster, name)?.metadata.uid).not.toBe(before);
    await expect.poll(() => conditionOf(organizationIn(cluster, name), "Ready")).toBe("True");
  });

  test("labels a namespace that was there before, and leaves it there when it goes", async () => {
    const [cluster, name] = [createMemoryCluster(), randomName("acme")];
    await cluster.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { team: "a" } } });
    await runController(cluster.client);
    await cluster.client.apply(resourcesOf(name).organization());
    await expect.poll(() => conditionOf(organizationIn(cluster, name), "Ready")).toBe("True");
    expect(namespaceIn(cluster, name)?.metadata).toMatchObject({
      labels: { team: "a", "managed-by": "choreo-control-plane" },
    });
    expect(namespaceIn(cluster, name)?.metadata.ownerReferences).toBeUndefined();
    await cluster.client.delete({ apiVersion: "core.choreo.dev/v1", kind: "Organization", name });
    await expect.poll(() => organizationIn(cluster, name)).toBeUndefined();
    expect(namespaceIn(cluster, name)?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("says that it waits while its namespace is still being deleted", async () => {
    const [cluster, name] = [createMemoryCluster(), randomName("acme")];
    await cluster.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, finalizers: ["test/hold"] } });
    await cluster.client.delete({ apiVersion: "v1", kind: "Namespace", name });
    await runController(cluster.client);
    await cluster.client.apply(resourcesOf(name).organization());
    await expect.poll(() => conditionOf(organizationIn(cluster, name), "Ready")).toContain("NamespaceTerminating");
    await cluster.client.mergePatch({ apiVersion: "v1", kind: "Namespace", name }, { metadata: { finalizers: [] } });
    await expect.poll(() => conditionOf(organizationIn(cluster, name), "Ready"), { timeout: 5000 }).toBe("True");
  });

  test("is announced once by an event, and written no more once it is settled", async () => {
    const [cluster, name] = [createMemoryCluster(), randomName("acme")];
    const controller = await runController(cluster.client);
    await cluster.client.apply(resourcesOf(name).organization());
    await expect.poll(() => cluster.objects("Event")).toHaveLength(1);
    await expect.poll(() => controller.stats().running + controller.stats().queued).toBe(0);
    const statusWrites = (): number =>
      cluster.calls.filter(({ verb, kind }) => verb === "patch" && kind === "Organization").length;
    const [reconciles, writes] = [controller.stats().reconciles, statusWrites()];
    cluster.put({
      ...organizationIn(cluster, name)!,
      metadata: { ...organizationIn(cluster, name)!.metadata, annotations: { touched: "yes" } },
    });
    await expect.poll(() => controller.stats().reconciles).toBeGreaterThan(reconciles);
    await expect.poll(() => controller.stats().running).toBe(0);
    expect(statusWrites()).toBe(writes);
    expect(cluster.objects("Event")).toMatchObject([
      { reason: "ReconcileComplete", count: 1, metadata: { namespace: "default" } },
    ]);
  });
});

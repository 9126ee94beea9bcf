import { describe, expect, onTestFinished, test } from "vitest";
import { watchOpener } from "../../../src/controller/caches.ts";
import { createPlaneClients, endpointOf, type OwnedPlaneClients } from "../../../src/controller/plane-clients.ts";
import type { PlaneWatch } from "../../../src/controller/reconciler.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { isChoreoError } from "../../../src/lib/errors.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { resourcesOf } from "../../helpers/choreo-resources.ts";
import { createMemoryCluster, type MemoryCluster } from "../../helpers/memory-cluster.ts";

const plane = (server: string, generation = 1): AnyObject => {
  const made = resourcesOf("acme").dataPlane("plane", server);
  return { ...made, metadata: { ...made.metadata, uid: "plane-uid", generation } };
};

interface Bench {
  readonly planes: OwnedPlaneClients;
  readonly connected: string[];
  readonly closed: string[];
  readonly woken: string[];
  readonly cluster: MemoryCluster;
}

const bench = (): Bench => {
  const cluster = createMemoryCluster();
  const [connected, closed, woken]: [string[], string[], string[]] = [[], [], []];
  const planes = createPlaneClients({
    connect: ({ server }) => {
      connected.push(server);
      return { ...cluster.client, server, close: () => void closed.push(server) };
    },
    openWatch: watchOpener({ clock: systemClock, log: () => undefined }),
    wake: (kind, key) => woken.push(`${kind} ${key.namespace}/${key.name}`),
  });
  onTestFinished(() => planes.close());
  return { planes, connected, closed, woken, cluster };
};

const WATCH: PlaneWatch = {
  type: { apiVersion: "apps/v1", kind: "Deployment" },
  labelSelector: "managed-by=us",
  requeue: { kind: "Deployment", keys: ({ metadata }) => [{ namespace: "acme", name: metadata.name }] },
};

const workload = (name: string, labels: Record<string, string> = { "managed-by": "us" }): AnyObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default", labels },
  spec: {},
});

describe("clients of planes", () => {
  test("are made once per credentials", () => {
    const { planes, connected } = bench();
    expect(planes.of(plane("https://a.test"))).toBe(planes.of(plane("https://a.test", 2)));
    expect(connected).toEqual(["https://a.test"]);
  });

  test("are replaced and closed when the credentials change", () => {
    const { planes, closed } = bench();
    planes.of(plane("https://a.test"));
    expect(planes.of(plane("https://b.test", 2)).server).toBe("https://b.test");
    expect(closed).toEqual(["https://a.test"]);
  });

  test("are not turned back by somebody who still holds the old resource", () => {
    const { planes, connected } = bench();
    planes.of(plane("https://a.test"));
    planes.of(plane("https://b.test", 2));
    expect(planes.of(plane("https://a.test")).server).toBe("https://b.test");
    expect(connected).toEqual(["https://a.test", "https://b.test"]);
  });

  test("are closed when the plane is gone", () => {
    const { planes, closed } = bench();
    planes.of(plane("https://a.test"));
    planes.forget(plane("https://a.test"));
    expect(closed).toEqual(["https://a.test"]);
  });

  test.each([
    ["apiServerURL", "http://plain.test"],
    ["caCert", "bm90IGEgcGVt"],
    ["clientKey", ""],
  ])("are refused where %s makes no sense", (field, value) => {
    const broken = plane("https://a.test");
    const { kubernetesCluster } = broken["spec"] as { kubernetesCluster: { credentials: Record<string, string> } };
    kubernetesCluster.credentials[field] = value;
    const attempt = (): unknown => endpointOf(broken);
    expect(attempt).toThrow(expect.objectContaining({ message: expect.stringContaining(field) }));
    expect(attempt).toThrow(expect.toSatisfy((error: unknown) => isChoreoError(error, "E_CONFIG")));
  });
});

describe("watching a plane", () => {
  test("answers nothing before its first list, then what matches the selector", async () => {
    const { planes, cluster } = bench();
    cluster.put(workload("ours"));
    cluster.put(workload("theirs", {}));
    expect(planes.watch(plane("https://a.test"), WATCH)).toBeUndefined();
    await expect
      .poll(() =>
        planes
          .watch(plane("https://a.test"), WATCH)
          ?.list()
          .map(({ metadata }) => metadata.name),
      )
      .toEqual(["ours"]);
  });

  test("wakes whoever asked, for the object that changed", async () => {
    const { planes, cluster, woken } = bench();
    planes.watch(plane("https://a.test"), WATCH);
    await expect.poll(() => planes.watch(plane("https://a.test"), WATCH)).toBeDefined();
    cluster.put(workload("cart"));
    await expect.poll(() => woken).toEqual(["Deployment acme/cart"]);
  });

  test("is shared by all who ask for the same objects", async () => {
    const { planes, cluster, woken } = bench();
    planes.watch(plane("https://a.test"), WATCH);
    planes.watch(plane("https://a.test"), { ...WATCH, requeue: { ...WATCH.requeue, kind: "Endpoint" } });
    await expect.poll(() => planes.watch(plane("https://a.test"), WATCH)).toBeDefined();
    cluster.put(workload("cart"));
    await expect.poll(() => woken.toSorted()).toEqual(["Deployment acme/cart", "Endpoint acme/cart"]);
    expect(cluster.calls.filter(({ verb }) => verb === "watch")).toHaveLength(1);
  });

  test("starts anew with new credentials and is silent about the old cluster", async () => {
    const { planes, cluster, woken } = bench();
    planes.watch(plane("https://a.test"), WATCH);
    await expect.poll(() => planes.watch(plane("https://a.test"), WATCH)).toBeDefined();
    planes.of(plane("https://b.test", 2));
    cluster.put(workload("cart"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toEqual([]);
    expect(planes.watch(plane("https://b.test", 2), WATCH)).toBeUndefined();
    await expect.poll(() => woken).toEqual(["Deployment acme/cart"]);
  });
});

import { describe, expect, test } from "vitest";
import type { Platform } from "../../../src/config/model.ts";
import { planUp } from "../../../src/plan/build.ts";
import {
  type ClusterSettings,
  type ClusterSpec,
  type ObservedCluster,
  specifyClusters,
} from "../../../src/plan/clusters.ts";
import { explainPlan } from "../../../src/plan/explain.ts";
import { NOTHING_OBSERVED, type Observed, type Wanted } from "../../../src/plan/observed.ts";
import { multiClusterPlatform, samplePlatform } from "../../helpers/platform.ts";

const specify = (platform: Platform, observed: readonly ObservedCluster[] = []): ClusterSpec[] =>
  specifyClusters(platform, {
    nodeImage: "kindest/node:v1.34.2",
    observed,
    taken: [],
    gatewayPorts: Object.fromEntries(platform.planes.data.map(({ name }, index) => [name, 8443 + index])),
  });

const wantedFor = (platform: Platform, clusters: readonly ClusterSpec[]): Wanted => ({
  nodes: { files: "files-1", proxy: "proxy-1" },
  crdsHash: "crds-1",
  controllerSettings: "settings-1",
  addons: clusters.flatMap(({ name, planes }) => [
    ...(planes.some(({ role }) => role === "data")
      ? [
          { name: "cilium", version: "1.20.2", hash: "cilium-1", cluster: name, needs: [] },
          { name: "gateway", version: "3.7.13", hash: "gateway-1", cluster: name, needs: ["cilium"] },
        ]
      : []),
    ...(planes.some(({ role }) => role === "build")
      ? [{ name: "argo-workflows", version: "3.7.3", hash: "argo-1", cluster: name, needs: [] }]
      : []),
  ]),
  registrations: Object.fromEntries(
    clusters.flatMap(({ planes }) => planes.map(({ name }) => [name, `registered-${name}`])),
  ),
  manifests: [
    { id: "defaults", title: "defaults", hash: "d-1" },
    ...platform.components.map(({ path }) => ({ id: `component/${path}`, title: path, hash: "c-1" })),
  ],
  images: Object.fromEntries(clusters.map(({ name }) => [name, ["quay.io/cilium/cilium:v1.20.2"]])),
});

/** What a finished `up` leaves behind. */
const everythingOf = (clusters: readonly ClusterSpec[], wanted: Wanted): Observed => ({
  ...NOTHING_OBSERVED,
  network: "ok",
  registry: "ok",
  clusters: clusters.map(({ name, nodeImage, podSubnet, serviceSubnet, ports, cniFromAddon }) => ({
    name,
    state: "running" as const,
    nodeImage,
    podSubnet,
    serviceSubnet,
    ports,
    settings: { ...wanted.nodes, cniFromAddon },
  })),
  crdsHash: wanted.crdsHash,
  addons: Object.fromEntries(
    clusters.map(({ name }) => [
      name,
      wanted.addons.filter(({ cluster }) => cluster === name).map((addon) => ({ ...addon, ready: true })),
    ]),
  ),
  controller: "running",
  controllerSettings: wanted.controllerSettings,
  registered: Object.fromEntries(
    Object.entries(wanted.registrations).map(([name, hash]) => [name, { hash, ready: true }]),
  ),
  applied: Object.fromEntries(wanted.manifests.map(({ id, hash }) => [id, hash])),
});

const planOf = (platform: Platform, change: (observed: Observed) => Observed, recreate: string[] = []) => {
  const before = specify(platform);
  const wanted = wantedFor(platform, before);
  const observed = change(everythingOf(before, wanted));
  const clusters = specify(platform, observed.clusters);
  return planUp({ platform, clusters, wanted, observed, recreate });
};

describe("planUp", () => {
  test("plans everything on an empty machine, colocated", () => {
    const platform = samplePlatform({ components: [{ path: "catalog" }] });
    const clusters = specify(platform);
    const plan = planUp({
      platform,
      clusters,
      wanted: wantedFor(platform, clusters),
      observed: NOTHING_OBSERVED,
      recreate: [],
    });
    expect(explainPlan(plan)).toMatchSnapshot();
  });

  test("plans one cluster per plane when multi-cluster", () => {
    const platform = multiClusterPlatform();
    const clusters = specify(platform);
    const plan = planUp({
      platform,
      clusters,
      wanted: wantedFor(platform, clusters),
      observed: NOTHING_OBSERVED,
      recreate: [],
    });
    expect(explainPlan(plan)).toMatchSnapshot();
  });

  test("is empty when everything is as wanted, in both topologies", () => {
    for (const platform of [samplePlatform(), multiClusterPlatform()]) {
      expect(planOf(platform, (observed) => observed)).toMatchObject({ steps: [], refusals: [] });
    }
  });

  test("adds a data plane to a running platform without touching the others", () => {
    const before = multiClusterPlatform();
    const had = specify(before);
    const observed = everythingOf(had, wantedFor(before, had));
    const third = { ...before.planes.data[0]!, name: "ap-south-1", environments: [] };
    const platform = { ...before, planes: { ...before.planes, data: [...before.planes.data, third] } };
    const clusters = specify(platform, observed.clusters);
    const plan = planUp({ platform, clusters, wanted: wantedFor(platform, clusters), observed, recreate: [] });
    expect(plan.steps.map(({ id, change }) => `${change} ${id}`)).toEqual([
      "add cluster/shop-ap-south-1",
      "create images/shop-ap-south-1",
      "create addon/cilium@shop-ap-south-1",
      "create addon/gateway@shop-ap-south-1",
      "create register/ap-south-1",
    ]);
    const subnets = clusters.flatMap(({ podSubnet, serviceSubnet }) => [podSubnet, serviceSubnet]);
    expect(new Set(subnets).size).toBe(subnets.length);
  });

  test("upgrades an addon and the CRDs in place", () => {
    const plan = planOf(samplePlatform(), (observed) => ({
      ...observed,
      crdsHash: "crds-0",
      addons: {
        shop: observed.addons["shop"]!.map((addon) =>
          addon.name === "cilium" ? { ...addon, version: "1.20.1", hash: "old" } : addon,
        ),
      },
    }));
    expect(plan.steps.map(({ id, change, reason }) => [id, change, reason])).toEqual([
      ["crds", "in-place", "made by another version"],
      ["addon/cilium@shop", "in-place", "version 1.20.1 → 1.20.2"],
    ]);
  });

  test("repairs a half-made cluster and everything that has to be in it", () => {
    const plan = planOf(samplePlatform(), (observed) => ({
      ...observed,
      clusters: observed.clusters.map((cluster) => ({ ...cluster, state: "half-made" as const })),
    }));
    expect(plan.steps.find(({ kind }) => kind === "cluster")).toMatchObject({ change: "recreate" });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["images", "crds", "addon", "controller", "register", "defaults"]),
    );
  });

  test("starts a stopped cluster and a dead controller again", () => {
    const plan = planOf(samplePlatform(), (observed) => ({
      ...observed,
      controller: "down",
      clusters: observed.clusters.map((cluster) => ({ ...cluster, state: "stopped" as const })),
    }));
    expect(plan.steps.map(({ id, change }) => [id, change])).toEqual([
      ["cluster/shop", "in-place"],
      ["controller", "create"],
    ]);
  });

  test("starts the controller again when its settings changed", () => {
    const plan = planOf(samplePlatform(), (observed) => ({ ...observed, controllerSettings: "settings-0" }));
    expect(plan.steps.map(({ id, reason }) => [id, reason])).toEqual([["controller", "its settings changed"]]);
  });

  test("refuses to recreate for another gateway port unless asked to", () => {
    const base = samplePlatform();
    const moved = { ...base.planes.data[0]!, gateway: { port: 9443 } };
    const platform = { ...base, planes: { ...base.planes, data: [moved] } };
    const refused = planOf(platform, (observed) => observed);
    expect(refused).toMatchObject({
      steps: [],
      refusals: [{ field: "cluster shop", fix: "choreo-dev up --recreate default-dataplane" }],
    });
    const allowed = planOf(platform, (observed) => observed, ["default-dataplane"]);
    expect(allowed.refusals).toEqual([]);
    expect(allowed.steps.find(({ kind }) => kind === "cluster")).toMatchObject({
      change: "recreate",
      reason: "gateway port 8443 → 9443",
    });
  });

  const settled =
    (change: Partial<ClusterSettings>) =>
    (observed: Observed): Observed => ({
      ...observed,
      clusters: observed.clusters.map((one) => ({ ...one, settings: { ...one.settings!, ...change } })),
    });

  test("renews registries and CAs in place", () => {
    const plan = planOf(samplePlatform(), settled({ files: "files-0" }));
    expect(plan).toMatchObject({
      refusals: [],
      steps: [{ id: "cluster/shop", change: "in-place", reason: "its registries or CAs changed" }],
    });
  });

  test("refuses another proxy and another CNI in nodes that stand, unless asked to make them again", () => {
    for (const change of [{ proxy: "proxy-0" }, { cniFromAddon: false }]) {
      expect(planOf(samplePlatform(), settled(change)).refusals).toHaveLength(1);
      const allowed = planOf(samplePlatform(), settled(change), ["default-dataplane"]);
      expect(allowed.refusals).toEqual([]);
      expect(allowed.steps.find(({ kind }) => kind === "cluster")).toMatchObject({ change: "recreate" });
    }
  });

  test("takes out an addon that was turned off, and says what is lost", () => {
    const platform = samplePlatform();
    const clusters = specify(platform);
    const all = wantedFor(platform, clusters);
    const wanted = { ...all, addons: all.addons.filter(({ name }) => name !== "argo-workflows") };
    const plan = planUp({ platform, clusters, wanted, observed: everythingOf(clusters, all), recreate: [] });
    expect(plan.steps).toMatchObject([
      { id: "remove-addon/argo-workflows@shop", change: "remove", loses: expect.stringContaining("argo-workflows") },
    ]);
  });

  test("ignores a newer default node image but not one the user asks for", () => {
    const older = (observed: Observed): Observed => ({
      ...observed,
      clusters: observed.clusters.map((cluster) => ({ ...cluster, nodeImage: "kindest/node:v1.34.0" })),
    });
    expect(planOf(samplePlatform(), older)).toMatchObject({ steps: [], refusals: [] });
    const asked = planOf(samplePlatform({ kubernetes: { nodeImage: "kindest/node:v1.34.2" } }), older);
    expect(asked.refusals).toHaveLength(1);
  });

  test("refuses to drop a plane that still has environments, removes it when it has none", () => {
    const before = multiClusterPlatform();
    const had = specify(before);
    const observed = everythingOf(had, wantedFor(before, had));
    const kept = { ...before.planes.data[0]!, environments: ["development", "staging", "production"] };
    const platform = { ...before, planes: { ...before.planes, data: [kept] } };
    const clusters = specify(platform, observed.clusters);
    const wanted = wantedFor(platform, clusters);
    const leftover = (environments: string[]): Observed => ({
      ...observed,
      leftoverPlanes: [{ name: "eu-central-1", environments }],
    });
    const refused = planUp({ platform, clusters, wanted, observed: leftover(["production"]), recreate: [] });
    expect(refused.refusals).toHaveLength(1);
    expect(refused.steps).toEqual([]);
    const removed = planUp({ platform, clusters, wanted, observed: leftover([]), recreate: [] });
    expect(removed.steps.map(({ id, change }) => [id, change])).toEqual([["remove/shop-eu-central-1", "remove"]]);
  });

  test("refuses a change of topology", () => {
    const before = samplePlatform();
    const had = specify(before);
    const observed = everythingOf(had, wantedFor(before, had));
    const platform = multiClusterPlatform();
    const clusters = specify(platform, observed.clusters);
    const plan = planUp({ platform, clusters, wanted: wantedFor(platform, clusters), observed, recreate: [] });
    expect(plan.refusals.map(({ field }) => field)).toEqual(["topology"]);
  });
});

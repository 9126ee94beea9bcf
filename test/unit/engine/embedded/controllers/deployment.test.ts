import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DEPLOYMENT, POD, REPLICA_SET } from "../../../../../src/engine/embedded/controllers/kinds.ts";
import type { FakeKubelet, FakeKubeletOptions, Loose, World } from "./world.ts";
import { deploymentOf, openWorld, podTemplate, startFakeKubelet, until, untilObject } from "./world.ts";

let world: World;
const kubelets: FakeKubelet[] = [];

beforeAll(async () => {
  world = await openWorld();
  await world.start();
}, 60_000);
afterEach(() => kubelets.splice(0).forEach((kubelet) => kubelet.stop()));
afterAll(() => world?.stop());

const kubelet = (options: Omit<FakeKubeletOptions, "client">): FakeKubelet => {
  const started = startFakeKubelet({ client: world.client, ...options });
  kubelets.push(started);
  return started;
};

const isRolledOut = (deployment: Loose): boolean =>
  deployment.status.observedGeneration === deployment.metadata.generation &&
  deployment.status.updatedReplicas === deployment.spec.replicas &&
  deployment.status.replicas === deployment.spec.replicas &&
  deployment.status.availableReplicas === deployment.spec.replicas;

const rolledOut = (namespace: string, name: string): Promise<Loose> =>
  untilObject(world.client, DEPLOYMENT, { namespace, name }, isRolledOut);

const conditionOf = (deployment: Loose, type: string): Loose =>
  deployment.status?.conditions?.find((condition: Loose) => condition.type === type);

const setsOf = async (namespace: string): Promise<Loose[]> =>
  (await world.client.list(REPLICA_SET, { namespace })).items as Loose[];

const retemplate = (namespace: string, name: string, image: string): Promise<unknown> =>
  world.client.mergePatch(
    { ...DEPLOYMENT, namespace, name },
    { spec: { template: { spec: { containers: [{ name: "main", image }] } } } },
  );

describe("a deployment", () => {
  test("makes its pods, says that it is available and complete, and tells what it did", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace });
    await world.client.create(deploymentOf(namespace, "web", { replicas: 3 }));
    await rolledOut(namespace, "web");
    const done = await untilObject(
      world.client,
      DEPLOYMENT,
      { namespace, name: "web" },
      (found) => conditionOf(found, "Progressing")?.reason === "NewReplicaSetAvailable",
    );
    expect(conditionOf(done, "Available")).toMatchObject({
      status: "True",
      reason: "MinimumReplicasAvailable",
      message: "Deployment has minimum availability.",
    });
    const [set] = await setsOf(namespace);
    expect(conditionOf(done, "Progressing").message).toBe(
      `ReplicaSet "${set.metadata.name}" has successfully progressed.`,
    );
    expect(done.status.unavailableReplicas).toBeUndefined();
    expect(done.metadata.annotations["deployment.kubernetes.io/revision"]).toBe("1");
    expect(set.metadata.name).toBe(`web-${set.metadata.labels["pod-template-hash"]}`);
    const pods = (await world.client.list(POD, { namespace })).items as Loose[];
    expect(pods.map((pod) => pod.metadata.ownerReferences[0].uid)).toEqual(Array(3).fill(set.metadata.uid));
    await until("events", async () => {
      const { items } = await world.client.list({ apiVersion: "v1", kind: "Event" }, { namespace });
      const ours = (items as Loose[]).filter(({ source }) => source.component !== "default-scheduler");
      const reasons: string[] = ours.map(({ reason }) => reason);
      return reasons.sort().join() === "ScalingReplicaSet,SuccessfulCreate,SuccessfulCreate,SuccessfulCreate";
    });
  });

  test.each([
    { replicas: 4, maxSurge: 1, maxUnavailable: 0 },
    { replicas: 4, maxSurge: 0, maxUnavailable: 1 },
    { replicas: 5, maxSurge: "40%", maxUnavailable: "40%" },
  ])("never has more or fewer pods than $replicas +$maxSurge -$maxUnavailable allow", async (bounds) => {
    const { replicas, maxSurge, maxUnavailable } = bounds;
    const namespace = await world.namespace();
    const alive = new Map<string, Loose>();
    const samples: { total: number; available: number }[] = [];
    kubelet({
      namespace,
      onChange: (before, after) => {
        if (after === undefined || after.metadata.deletionTimestamp !== undefined) alive.delete(before.metadata.name);
        else alive.set(after.metadata.name, after);
        const isReady = ({ status }: Loose): boolean =>
          (status.conditions ?? []).some(({ type, status: is }: Loose) => type === "Ready" && is === "True");
        samples.push({ total: alive.size, available: [...alive.values()].filter(isReady).length });
      },
    });
    const rollingUpdate = { maxSurge, maxUnavailable };
    const strategy = { type: "RollingUpdate", rollingUpdate };
    await world.client.create(deploymentOf(namespace, "web", { replicas, strategy }));
    await rolledOut(namespace, "web");
    samples.length = 0;
    await retemplate(namespace, "web", "busybox:2");
    await rolledOut(namespace, "web");
    const count = (value: number | string, round: (value: number) => number): number =>
      typeof value === "number" ? value : round((Number.parseInt(value, 10) * replicas) / 100);
    expect(samples.length).toBeGreaterThan(replicas);
    expect(Math.max(...samples.map(({ total }) => total))).toBeLessThanOrEqual(replicas + count(maxSurge, Math.ceil));
    expect(Math.min(...samples.map(({ available }) => available))).toBeGreaterThanOrEqual(
      replicas - count(maxUnavailable, Math.floor),
    );
  });

  test("goes back to an earlier template under a new revision and keeps no more sets than its limit", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace });
    await world.client.create(deploymentOf(namespace, "web", { replicas: 1, revisionHistoryLimit: 1 }));
    await rolledOut(namespace, "web");
    const [first] = await setsOf(namespace);
    await retemplate(namespace, "web", "busybox:2");
    await rolledOut(namespace, "web");
    await retemplate(namespace, "web", "busybox");
    await rolledOut(namespace, "web");
    const back = (await setsOf(namespace)).find((set) => set.metadata.uid === first.metadata.uid);
    expect(back.spec.replicas).toBe(1);
    expect(back.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    });
    await retemplate(namespace, "web", "busybox:3");
    await rolledOut(namespace, "web");
    await until("one old set", async () => (await setsOf(namespace)).length === 2);
  });

  test("that is recreated ends the last old pod before it makes the first new one", async () => {
    const namespace = await world.namespace();
    const images = new Map<string, string>();
    let mixed = false;
    kubelet({
      namespace,
      onChange: (before, after) => {
        if (after === undefined) images.delete(before.metadata.name);
        else images.set(after.metadata.name, after.spec.containers[0].image);
        if (new Set(images.values()).size > 1) mixed = true;
      },
    });
    await world.client.create(deploymentOf(namespace, "web", { replicas: 2, strategy: { type: "Recreate" } }));
    await rolledOut(namespace, "web");
    await retemplate(namespace, "web", "busybox:2");
    await rolledOut(namespace, "web");
    expect([...images.values()]).toEqual(["busybox:2", "busybox:2"]);
    expect(mixed).toBe(false);
  });

  test("that is paused is scaled but not rolled out", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace });
    await world.client.create(deploymentOf(namespace, "web", { replicas: 1 }));
    await rolledOut(namespace, "web");
    const ref = { ...DEPLOYMENT, namespace, name: "web" };
    await world.client.mergePatch(ref, { spec: { paused: true } });
    await retemplate(namespace, "web", "busybox:2");
    await world.client.mergePatch(ref, { spec: { replicas: 3 } });
    const paused = await untilObject(world.client, DEPLOYMENT, ref, (found) => found.status.availableReplicas === 3);
    expect(conditionOf(paused, "Progressing")).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });
    expect(await setsOf(namespace)).toHaveLength(1);
    await world.client.mergePatch(ref, { spec: { paused: false } });
    await rolledOut(namespace, "web");
    expect((await setsOf(namespace)).map(({ spec }): number => spec.replicas).sort((a, b) => a - b)).toEqual([0, 3]);
  });

  test("whose pods do not come up in time says so and goes on when they do", async () => {
    const namespace = await world.namespace();
    let fate: "ready" | "unready" = "unready";
    kubelet({ namespace, fate: () => fate });
    await world.client.create(deploymentOf(namespace, "web", { replicas: 1, progressDeadlineSeconds: 1 }));
    const late = await untilObject(
      world.client,
      DEPLOYMENT,
      { namespace, name: "web" },
      (found) => conditionOf(found, "Progressing")?.reason === "ProgressDeadlineExceeded",
    );
    expect(conditionOf(late, "Progressing").status).toBe("False");
    fate = "ready";
    await retemplate(namespace, "web", "busybox:2");
    await rolledOut(namespace, "web");
    await untilObject(
      world.client,
      DEPLOYMENT,
      { namespace, name: "web" },
      (found) => conditionOf(found, "Progressing").reason === "NewReplicaSetAvailable",
    );
  });

  test("in the middle of a rollout spreads a new size over its sets", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace, fate: (pod) => (pod.spec.containers[0].image === "busybox" ? "ready" : "unready") });
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    await world.client.create(deploymentOf(namespace, "web", { replicas: 10, strategy }));
    await rolledOut(namespace, "web");
    await retemplate(namespace, "web", "busybox:2");
    const sizes = async (): Promise<number[]> =>
      (await setsOf(namespace)).map(({ spec }) => spec.replicas).sort((a, b) => a - b);
    await until("8 old and 5 new", async () => (await sizes()).join() === "5,8");
    await world.client.mergePatch({ ...DEPLOYMENT, namespace, name: "web" }, { spec: { replicas: 15 } });
    // 18 in all: 8/13 and 5/13 of them.
    await until("11 old and 7 new", async () => (await sizes()).join() === "7,11");
    expect(await sizes()).toEqual([7, 11]);
  });

  test("takes over pods' sets that match and lets go what no longer does", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace });
    const pod = { apiVersion: "v1", kind: "Pod", ...podTemplate("web") };
    await world.client.create({ ...pod, metadata: { name: "orphan", namespace, labels: { app: "web" } } });
    const set = await world.client.create<Loose>({
      ...REPLICA_SET,
      metadata: { name: "web", namespace },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: podTemplate("web") },
    });
    const ref = { ...POD, namespace, name: "orphan" };
    await untilObject(world.client, POD, ref, (found) => found.metadata.ownerReferences?.[0].uid === set.metadata.uid);
    await until("two pods", async () => (await world.client.list(POD, { namespace })).items.length === 2);
    await world.client.mergePatch(ref, { metadata: { labels: { app: "other" } } });
    await untilObject(world.client, POD, ref, (found) => (found.metadata.ownerReferences ?? []).length === 0);
    await until("three pods", async () => (await world.client.list(POD, { namespace })).items.length === 3);
    expect(await world.client.get(ref)).toBeDefined();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bootstrapObjects } from "../../../../../src/engine/embedded/controllers/bootstrap.ts";
import {
  DEPLOYMENT,
  ENDPOINTS,
  ENDPOINT_SLICE,
  NODE,
  POD,
  SERVICE,
} from "../../../../../src/engine/embedded/controllers/kinds.ts";
import {
  type FakeKubelet,
  type FakeKubeletOptions,
  type Loose,
  type World,
  deploymentOf,
  openWorld,
  podTemplate,
  startFakeKubelet,
  until,
  untilObject,
} from "./world.ts";

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

const podOf = (namespace: string, name: string, spec: Loose = {}, labels: Loose = { app: "web" }): Loose => ({
  ...POD,
  metadata: { name, namespace, labels },
  spec: { ...podTemplate("web").spec, ...spec },
});

const eventsOf = async (namespace: string, name: string): Promise<Loose[]> => {
  const { items } = await world.client.list({ apiVersion: "v1", kind: "Event" }, { namespace });
  return (items as Loose[]).filter(({ involvedObject }) => involvedObject.name === name);
};

describe("the node", () => {
  test("is registered, ready, labelled, and comes back with its lease", async () => {
    const ref = { name: "choreo-local" };
    const isReady = (found: Loose): boolean =>
      found?.status.conditions?.some(({ type, status }: Loose) => type === "Ready" && status === "True") === true;
    const node = await untilObject(world.client, NODE, ref, isReady);
    expect(node.metadata.labels).toMatchObject({
      "kubernetes.io/hostname": "choreo-local",
      "choreo.dev/runtime": "process",
    });
    expect(node.status.nodeInfo.containerRuntimeVersion).toMatch(/^process:\/\//);
    expect(node.status.allocatable.cpu).toMatch(/^\d+$/);
    // What this engine does not do it says where users look.
    expect(node.status.conditions).toContainEqual(
      expect.objectContaining({ type: "NetworkPolicyEnforced", status: "False", reason: "NotEnforced" }),
    );
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "kube-node-lease", ...ref };
    const held = await untilObject(
      world.client,
      lease,
      lease,
      (found) => found?.spec.holderIdentity === "choreo-local",
    );
    expect(held.spec.leaseDurationSeconds).toBe(40);
    await world.client.delete({ ...NODE, ...ref });
    const again = await untilObject(world.client, NODE, ref, isReady);
    expect(again.metadata.uid).not.toBe(node.metadata.uid);
  });
});

describe("the scheduler", () => {
  test("puts a pod on the node and says so", async () => {
    const namespace = await world.namespace();
    await world.client.create(podOf(namespace, "web", { nodeSelector: { "choreo.dev/runtime": "process" } }));
    const pod = await untilObject(world.client, POD, { namespace, name: "web" }, (found) => !!found.spec.nodeName);
    expect(pod.spec.nodeName).toBe("choreo-local");
    await until("an event", async () =>
      (await eventsOf(namespace, "web")).some(({ reason }) => reason === "Scheduled"),
    );
  });

  test("says why a pod fits nowhere, and places it when it fits", async () => {
    const namespace = await world.namespace();
    await world.client.create(podOf(namespace, "picky", { nodeSelector: { disk: namespace } }));
    const refused = await untilObject(world.client, POD, { namespace, name: "picky" }, (found) =>
      found.status.conditions?.some(({ reason }: Loose) => reason === "Unschedulable"),
    );
    expect(refused.status.conditions.find(({ type }: Loose) => type === "PodScheduled")).toMatchObject({
      status: "False",
      message: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    });
    await until("an event", async () =>
      (await eventsOf(namespace, "picky")).some(
        ({ reason, type }) => reason === "FailedScheduling" && type === "Warning",
      ),
    );
    await world.client.mergePatch({ ...NODE, name: "choreo-local" }, { metadata: { labels: { disk: namespace } } });
    await untilObject(world.client, POD, { namespace, name: "picky" }, (found) => !!found.spec.nodeName);
  });

  test("leaves a pod alone while it has a gate", async () => {
    const namespace = await world.namespace();
    await world.client.create(podOf(namespace, "gated", { schedulingGates: [{ name: "test.choreo.dev/gate" }] }));
    await world.client.create(podOf(namespace, "free"));
    await untilObject(world.client, POD, { namespace, name: "free" }, (found) => !!found.spec.nodeName);
    const ref = { ...POD, namespace, name: "gated" };
    expect((await world.client.get<Loose>(ref)).spec.nodeName).toBeUndefined();
    await world.client.mergePatch(ref, { spec: { schedulingGates: null } });
    await untilObject(world.client, POD, ref, (found) => !!found.spec.nodeName);
  });
});

describe("a service", () => {
  const serviceOf = (namespace: string, spec: Loose): Loose => ({
    ...SERVICE,
    metadata: { name: "web", namespace, labels: { team: "a" } },
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }], ...spec },
  });
  const slicesOf = async (namespace: string): Promise<Loose[]> =>
    (await world.client.list(ENDPOINT_SLICE, { namespace })).items as Loose[];
  const ports = (containerPort: number): Loose => ({
    containers: [{ name: "main", image: "busybox", ports: [{ name: "http", containerPort }] }],
  });

  test("lists its pods with what they are good for", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace, fate: (pod) => (pod.metadata.name === "up" ? "ready" : "unready") });
    await world.client.create(serviceOf(namespace, {}));
    await world.client.create(podOf(namespace, "up", ports(8080)));
    await world.client.create(podOf(namespace, "down", ports(8080)));
    await world.client.create(podOf(namespace, "stranger", ports(8080), { app: "other" }));
    await until("two endpoints", async () => {
      const [slice] = await slicesOf(namespace);
      const endpoints = (slice?.endpoints ?? []) as Loose[];
      return endpoints.length === 2 && endpoints.some(({ conditions }) => conditions.ready);
    });
    await until("all placed", async () =>
      ((await slicesOf(namespace))[0].endpoints as Loose[]).every(({ nodeName }) => nodeName === "choreo-local"),
    );
    const slices = await slicesOf(namespace);
    expect(slices).toHaveLength(1);
    expect(slices[0].metadata.labels).toEqual({
      team: "a",
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
    expect(slices[0]).toMatchObject({ addressType: "IPv4", ports: [{ name: "http", port: 8080, protocol: "TCP" }] });
    const byName = new Map((slices[0].endpoints as Loose[]).map((endpoint) => [endpoint.targetRef.name, endpoint]));
    expect(byName.get("up").conditions).toEqual({ ready: true, serving: true, terminating: false });
    expect(byName.get("down").conditions).toEqual({ ready: false, serving: false, terminating: false });
    const legacy = await untilObject(
      world.client,
      ENDPOINTS,
      { namespace, name: "web" },
      (found) => (found?.subsets ?? [])[0]?.addresses?.length === 1,
    );
    expect(legacy.subsets[0]).toMatchObject({
      addresses: [{ targetRef: { name: "up" } }],
      notReadyAddresses: [{ targetRef: { name: "down" } }],
      ports: [{ name: "http", port: 8080 }],
    });
    await world.client.delete({ ...POD, namespace, name: "up" }, { gracePeriodSeconds: 0 });
    await until("one endpoint", async () => (await slicesOf(namespace))[0].endpoints.length === 1);
  });

  test("keeps pods with other numbers for a port apart, and drops the slices it no longer needs", async () => {
    const namespace = await world.namespace();
    kubelet({ namespace });
    await world.client.create(serviceOf(namespace, { clusterIP: "None", publishNotReadyAddresses: true }));
    await world.client.create(podOf(namespace, "a", ports(8080)));
    await world.client.create(podOf(namespace, "b", { ...ports(9090), hostname: "b", subdomain: "web" }));
    await until("two slices", async () => {
      const found = (await slicesOf(namespace)).flatMap((slice) => (slice.ports ?? []).map(({ port }: Loose) => port));
      return found.sort((a: number, b: number) => a - b).join() === "8080,9090";
    });
    const [b] = (await slicesOf(namespace)).filter((slice) => slice.ports[0].port === 9090);
    expect(b.endpoints[0].hostname).toBe("b");
    expect(b.metadata.labels["service.kubernetes.io/headless"]).toBe("");
    await world.client.delete({ ...POD, namespace, name: "b" }, { gracePeriodSeconds: 0 });
    await until("one slice", async () => (await slicesOf(namespace)).length === 1);
  });

  test("without a selector keeps the endpoints that somebody else gives it, and takes its own along", async () => {
    const namespace = await world.namespace();
    await world.client.create({
      ...SERVICE,
      metadata: { name: "manual", namespace },
      spec: { ports: [{ port: 80 }] },
    } as Loose);
    const subsets = [{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 80 }] }];
    await world.client.create({ ...ENDPOINTS, metadata: { name: "manual", namespace }, subsets } as Loose);
    await world.client.create(serviceOf(namespace, {}));
    await untilObject(world.client, ENDPOINTS, { namespace, name: "web" }, (found) => found !== undefined);
    await world.client.delete({ ...SERVICE, namespace, name: "web" });
    await until("nothing of web", async () => {
      const endpoints = await world.client.get({ ...ENDPOINTS, namespace, name: "web" });
      return (
        endpoints === undefined &&
        (await slicesOf(namespace)).every(({ metadata }) => !metadata.name.startsWith("web-"))
      );
    });
    const manual = await world.client.get<Loose>({ ...ENDPOINTS, namespace, name: "manual" });
    expect(manual.subsets[0].addresses).toEqual([{ ip: "10.1.2.3" }]);
  });
});

describe("the controllers", () => {
  test("bring up 200 deployments at once and need nothing more when they are up", async () => {
    const namespace = await world.namespace();
    const fake = kubelet({ namespace });
    const names = Array.from({ length: 200 }, (_, at) => `web-${at}`);
    await Promise.all(names.map((name) => world.client.create(deploymentOf(namespace, name, { replicas: 1 }))));
    const areUp = async (): Promise<boolean> => {
      const { items } = await world.client.list(DEPLOYMENT, { namespace });
      return (items as Loose[]).filter(({ status }) => status.availableReplicas === 1).length === names.length;
    };
    await until("all of them", areUp, 80_000);
    expect(new Set(fake.seen.map(({ before, after }) => (after ?? before).metadata.name)).size).toBe(names.length);
  }, 90_000);

  test("that are stopped in the middle of their work and started anew make nothing twice", async () => {
    const namespace = await world.namespace();
    const restart = async (): Promise<void> => {
      await world.stopControllers();
      await world.start();
    };
    const made = new Set<string>();
    kubelet({ namespace, onChange: (before, after) => made.add((after ?? before).metadata.name) });
    const creations = Array.from({ length: 20 }, (_, at) =>
      world.client.create(deploymentOf(namespace, `web-${at}`, { replicas: 3 })),
    );
    await until("some pods", () => made.size >= 5);
    await restart();
    await Promise.all(creations);
    await until("some more pods", () => made.size >= 30);
    await restart();
    await until("all of them", async () => {
      const { items } = await world.client.list(DEPLOYMENT, { namespace });
      return (items as Loose[]).filter(({ status }) => status.availableReplicas === 3).length === 20;
    });
    expect(made.size).toBe(60);
  });

  test("make what the server makes by itself", async () => {
    for (const object of bootstrapObjects()) {
      const { metadata } = object;
      const found = await world.client.get<Loose>({ ...object, name: metadata.name, namespace: metadata.namespace });
      expect(found.metadata.labels ?? {}).toEqual(metadata.labels ?? {});
      for (const field of ["value", "globalDefault", "preemptionPolicy", "description"]) {
        expect(found[field] ?? false).toEqual(object[field] ?? false);
      }
    }
  });

  test("log nothing but everyday business", () => expect(world.logs).toEqual([]));
});

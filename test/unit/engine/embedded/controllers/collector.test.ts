import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  CONFIG_MAP,
  DEPLOYMENT,
  NAMESPACE,
  POD,
  REPLICA_SET,
} from "../../../../../src/engine/embedded/controllers/kinds.ts";
import type { AnyObject, OwnerReference } from "../../../../../src/k8s/types.ts";
import {
  type FakeKubelet,
  type Loose,
  type World,
  deploymentOf,
  openWorld,
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

const map = (namespace: string, name: string, more: Loose = {}): Loose => ({
  ...CONFIG_MAP,
  metadata: { name, namespace, ...more },
});

const ownedBy = ({ apiVersion, kind, metadata }: AnyObject, more: Partial<OwnerReference> = {}): OwnerReference => ({
  ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "" },
  ...more,
});

const gone = (namespace: string, name: string): Promise<void> =>
  until(`${name} to be gone`, async () => (await world.client.get({ ...CONFIG_MAP, namespace, name })) === undefined);

const GADGET = { apiVersion: "test.choreo.dev/v1", kind: "Gadget" };

const installGadgets = async (): Promise<void> => {
  const crd = "gadgets.test.choreo.dev";
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  await world.client.apply<Loose>({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: crd },
    spec: {
      group: "test.choreo.dev",
      scope: "Namespaced",
      names: { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  await until("gadgets", () => world.client.hasKind(GADGET));
};

describe("the garbage collector", () => {
  test("deletes what its owner leaves behind, step by step", async () => {
    const namespace = await world.namespace();
    const top = await world.client.create<Loose>(map(namespace, "top"));
    const middle = await world.client.create<Loose>(map(namespace, "middle", { ownerReferences: [ownedBy(top)] }));
    await world.client.create(map(namespace, "bottom", { ownerReferences: [ownedBy(middle)] }));
    await world.client.delete({ ...CONFIG_MAP, namespace, name: "top" });
    await gone(namespace, "middle");
    await expect(gone(namespace, "bottom")).resolves.toBeUndefined();
  });

  test("keeps what has another owner and takes the one that is gone out", async () => {
    const namespace = await world.namespace();
    const first = await world.client.create<Loose>(map(namespace, "first"));
    const second = await world.client.create<Loose>(map(namespace, "second"));
    await world.client.create(map(namespace, "child", { ownerReferences: [ownedBy(first), ownedBy(second)] }));
    await world.client.delete({ ...CONFIG_MAP, namespace, name: "first" });
    const child = await untilObject(
      world.client,
      CONFIG_MAP,
      { namespace, name: "child" },
      (found) => found.metadata.ownerReferences.length === 1,
    );
    expect(child.metadata.ownerReferences[0].uid).toBe(second.metadata.uid);
  });

  test("deletes what names an owner that never was, or that has another uid now", async () => {
    const namespace = await world.namespace();
    const owner = await world.client.create<Loose>(map(namespace, "owner"));
    const stranger = { ...ownedBy(owner), uid: "00000000-0000-0000-0000-000000000000" };
    await world.client.create(map(namespace, "child", { ownerReferences: [stranger] }));
    await gone(namespace, "child");
    expect(await world.client.get({ ...CONFIG_MAP, namespace, name: "owner" })).toBeDefined();
  });

  test("keeps what is owned by a kind the server does not know", async () => {
    const namespace = await world.namespace();
    const unknown = { apiVersion: "nowhere.test/v1", kind: "Nothing", name: "x", uid: "1234" };
    const kept = await world.client.create<Loose>(map(namespace, "kept", { ownerReferences: [unknown] }));
    const owner = await world.client.create<Loose>(map(namespace, "owner"));
    await world.client.create(map(namespace, "marker", { ownerReferences: [ownedBy(owner)] }));
    await world.client.delete({ ...CONFIG_MAP, namespace, name: "owner" });
    await gone(namespace, "marker");
    const now = await world.client.get({ ...CONFIG_MAP, namespace, name: "kept" });
    expect(now?.metadata).toEqual(kept.metadata);
  });

  test("in the foreground lets the owner go after those that block it", async () => {
    const namespace = await world.namespace();
    const owner = await world.client.create<Loose>(map(namespace, "owner"));
    const blocks = ownedBy(owner, { blockOwnerDeletion: true });
    const held = { finalizers: ["test.choreo.dev/held"] };
    await world.client.create(map(namespace, "blocking", { ownerReferences: [blocks], ...held }));
    await world.client.create(map(namespace, "other", { ownerReferences: [ownedBy(owner)] }));
    await world.client.delete({ ...CONFIG_MAP, namespace, name: "owner" }, { propagation: "Foreground" });
    const blocking = { namespace, name: "blocking" };
    await untilObject(world.client, CONFIG_MAP, blocking, (found) => found.metadata.deletionTimestamp !== undefined);
    await gone(namespace, "other");
    const waiting = await world.client.get({ ...CONFIG_MAP, namespace, name: "owner" });
    expect(waiting?.metadata.finalizers).toEqual(["foregroundDeletion"]);
    await world.client.mergePatch({ ...CONFIG_MAP, ...blocking }, { metadata: { finalizers: null } });
    await gone(namespace, "blocking");
    await gone(namespace, "owner");
  });

  test("leaves orphans without their owner where that is asked for", async () => {
    const namespace = await world.namespace();
    const owner = await world.client.create<Loose>(map(namespace, "owner"));
    await world.client.create(map(namespace, "child", { ownerReferences: [ownedBy(owner)] }));
    await world.client.delete({ ...CONFIG_MAP, namespace, name: "owner" }, { propagation: "Orphan" });
    await gone(namespace, "owner");
    const child = await world.client.get({ ...CONFIG_MAP, namespace, name: "child" });
    expect(child?.metadata.ownerReferences).toBeUndefined();
    expect(child?.metadata.deletionTimestamp).toBeUndefined();
  });

  test("sees kinds that are installed while it runs", async () => {
    await installGadgets();
    const namespace = await world.namespace();
    const owner = await world.client.create<Loose>({ ...GADGET, metadata: { name: "owner", namespace } });
    await world.client.create(map(namespace, "child", { ownerReferences: [ownedBy(owner)] }));
    await world.client.delete({ ...GADGET, namespace, name: "owner" });
    await expect(gone(namespace, "child")).resolves.toBeUndefined();
  });

  test("takes a deployment with its sets and pods", async () => {
    const namespace = await world.namespace();
    kubelets.push(startFakeKubelet({ client: world.client, namespace }));
    await world.client.create(deploymentOf(namespace, "web", { replicas: 2 }));
    await untilObject(
      world.client,
      DEPLOYMENT,
      { namespace, name: "web" },
      (found) => found.status.readyReplicas === 2,
    );
    await world.client.delete({ ...DEPLOYMENT, namespace, name: "web" }, { propagation: "Foreground" });
    const left = async (): Promise<number> => {
      const types = [DEPLOYMENT, REPLICA_SET, POD];
      const lists = await Promise.all(types.map((type) => world.client.list(type, { namespace })));
      return lists.flatMap(({ items }) => items).length;
    };
    await until("nothing left", async () => (await left()) === 0);
    expect(await left()).toBe(0);
  });

  test("lets a set's pods live on as orphans, and a new set adopts them", async () => {
    const namespace = await world.namespace();
    const kubelet = startFakeKubelet({ client: world.client, namespace });
    kubelets.push(kubelet);
    const { spec } = deploymentOf(namespace, "web", { replicas: 2 });
    const set = { ...REPLICA_SET, metadata: { name: "web", namespace }, spec };
    await world.client.create(set);
    const ref = { namespace, name: "web" };
    await untilObject(world.client, REPLICA_SET, ref, (found) => found.status.readyReplicas === 2);
    const names = async (): Promise<string[]> =>
      (await world.client.list(POD, { namespace })).items.map(({ metadata }) => metadata.name).sort();
    const before = await names();
    await world.client.delete({ ...REPLICA_SET, ...ref }, { propagation: "Orphan" });
    await until("no set", async () => (await world.client.get({ ...REPLICA_SET, ...ref })) === undefined);
    await world.client.create(set);
    await untilObject(world.client, REPLICA_SET, ref, (found) => found.status.readyReplicas === 2);
    expect(await names()).toEqual(before);
    expect(new Set(kubelet.seen.map(({ before: old, after }) => (after ?? old).metadata.name)).size).toBe(2);
  });
});

describe("a namespace", () => {
  test("has a service account and the certificate of the server, and gets them back", async () => {
    const namespace = await world.namespace();
    const root = { ...CONFIG_MAP, namespace, name: "kube-root-ca.crt" };
    const account = { apiVersion: "v1", kind: "ServiceAccount", namespace, name: "default" };
    const isThere = (found: Loose): boolean => found?.data?.["ca.crt"]?.includes("test") === true;
    await untilObject(world.client, CONFIG_MAP, root, isThere);
    await untilObject(world.client, account, account, (found) => found !== undefined);
    await world.client.delete(account);
    await world.client.mergePatch(root, { data: { "ca.crt": "other", more: "x" } });
    await untilObject(world.client, account, account, (found) => found !== undefined);
    const back = await untilObject(world.client, CONFIG_MAP, root, isThere);
    expect(Object.keys(back.data)).toEqual(["ca.crt"]);
    await world.client.delete(root);
    await untilObject(world.client, CONFIG_MAP, root, isThere);
  });

  test("goes with all that is in it, of any kind, and says what holds it up", async () => {
    await installGadgets();
    const name = await world.namespace();
    kubelets.push(startFakeKubelet({ client: world.client, namespace: name }));
    await world.client.create(deploymentOf(name, "web", { replicas: 2 }));
    await untilObject(
      world.client,
      DEPLOYMENT,
      { namespace: name, name: "web" },
      (found) => found.status.readyReplicas === 2,
    );
    const finalizers = ["test.choreo.dev/held"];
    await world.client.create({ ...GADGET, metadata: { name: "held", namespace: name, finalizers } });
    await world.client.delete({ ...NAMESPACE, name });
    const held = await untilObject(world.client, NAMESPACE, { name }, (found) =>
      found.status.conditions?.some(
        ({ type, message }: Loose) =>
          type === "NamespaceContentRemaining" &&
          message === "Some resources are remaining: gadgets.test.choreo.dev has 1 resource instances",
      ),
    );
    const remaining = held as unknown as Loose;
    expect(remaining.status.phase).toBe("Terminating");
    expect(
      remaining.status.conditions.find(({ type }: Loose) => type === "NamespaceFinalizersRemaining"),
    ).toMatchObject({
      status: "True",
      reason: "SomeFinalizersRemain",
      message: "Some content in the namespace has finalizers remaining: test.choreo.dev/held in 1 resource instances",
    });
    await world.client.mergePatch({ ...GADGET, name: "held", namespace: name }, { metadata: { finalizers: null } });
    await until("no namespace", async () => (await world.client.get({ ...NAMESPACE, name })) === undefined);
  });
});

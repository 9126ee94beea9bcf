import { describe, expect, test } from "vitest";
import { applyAddon } from "../../../src/addons/apply.ts";
import type { Addon } from "../../../src/addons/catalog.ts";
import { listRecords } from "../../../src/addons/inventory.ts";
import { removeAddon } from "../../../src/addons/remove.ts";
import { addonReady, observeAddons, waitForAddon } from "../../../src/addons/ready.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { memoryClient } from "./memory-client.ts";

const signal = new AbortController().signal;
const ADDON: Addon = {
  name: "thing",
  version: "v1",
  planes: ["data"],
  namespace: "thing-system",
  cni: false,
  capabilities: [],
  needs: [],
  images: [],
  sources: [],
  values: {},
  variants: {},
  parameters: {},
  patches: [],
  manifests: [],
  dnsRewrites: [],
  ready: [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "thing-system", name: "app" }],
};

const object = (apiVersion: string, kind: string, name: string, extra: Record<string, unknown> = {}): AnyObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "thing-system" },
  ...extra,
});
const widgetDefinition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.x.io", {
  spec: { group: "x.io", names: { kind: "Widget" } },
});
const widget = object("x.io/v1", "Widget", "w");
const deployment = object("apps/v1", "Deployment", "app", {
  spec: { replicas: 1, selector: { matchLabels: { app: "app" } } },
});
const account = object("v1", "ServiceAccount", "sa");

const apply = (client: ReturnType<typeof memoryClient>, objects: readonly AnyObject[], hash = "h1", addon = ADDON) =>
  applyAddon(client, addon, objects, { hash, signal, progress: () => undefined });
const positions = (calls: readonly string[], ...parts: string[]): number[] =>
  parts.map((part) => calls.findIndex((call) => call.includes(part)));

describe("removing an addon", () => {
  test("takes its objects and its record, and leaves definitions and namespaces", async () => {
    const client = memoryClient([], { needDefinition: ["Widget"] });
    await apply(client, [widget, deployment, account, widgetDefinition]);
    expect(await removeAddon(client, ADDON, signal)).toBe("3 objects");
    expect(await listRecords(client)).toEqual([]);
    const left = [...client.objects.values()].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(left.toSorted()).toEqual([
      "CustomResourceDefinition widgets.x.io",
      "Namespace choreo-system",
      "Namespace thing-system",
    ]);
  });

  test("that is not there is done", async () => {
    expect(await removeAddon(memoryClient(), ADDON, signal)).toBe("0 objects");
  });
});

describe("applying an addon", () => {
  test("goes namespaces, basics, workloads, instances of its own kinds, whatever the order it gets them in", async () => {
    const client = memoryClient([], { needDefinition: ["Widget"] });
    await apply(client, [widget, deployment, account, widgetDefinition]);
    const order = positions(
      client.calls,
      "Namespace /thing-system",
      "ServiceAccount",
      "Deployment",
      "Widget thing-system/w",
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  test("labels what it makes and keeps the labels that are there", async () => {
    const client = memoryClient();
    await apply(client, [
      { ...account, metadata: { ...account.metadata, labels: { "app.kubernetes.io/name": "upstream", own: "1" } } },
    ]);
    expect(client.objects.get("ServiceAccount thing-system/sa")?.metadata.labels).toEqual({
      "app.kubernetes.io/managed-by": "choreo-dev",
      "app.kubernetes.io/name": "upstream",
      "app.kubernetes.io/part-of": "choreo-dev",
      "choreo.dev/addon": "thing",
      own: "1",
    });
  });

  test("creates what is marked create-only and leaves it alone when it exists", async () => {
    const marked = {
      ...widgetDefinition,
      metadata: { ...widgetDefinition.metadata, annotations: { "choreo.dev/apply": "create-only", a: "b" } },
    };
    const client = memoryClient();
    await apply(client, [marked]);
    const key = "CustomResourceDefinition thing-system/widgets.x.io";
    expect(client.objects.get(key)?.metadata.annotations).toEqual({ a: "b" });
    client.objects.set(key, { ...marked, completed: true });
    await apply(client, [marked]);
    expect(client.objects.get(key)).toMatchObject({ completed: true });
  });

  test("records version, hash and objects", async () => {
    const client = memoryClient();
    await apply(client, [deployment]);
    expect(await listRecords(client)).toEqual([
      {
        name: "thing",
        version: "v1",
        hash: "h1",
        objects: [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "thing-system", name: "app" }],
        ready: ADDON.ready,
      },
    ]);
  });

  test("removes what an earlier version had, but neither definitions nor namespaces", async () => {
    const client = memoryClient();
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } };
    await apply(client, [account, deployment, widgetDefinition, namespace]);
    await apply(client, [deployment], "h2");
    expect(client.calls.filter((call) => call.startsWith("delete"))).toEqual(["delete ServiceAccount thing-system/sa"]);
  });

  test("that is cut off leaves a record without hash that still knows what to prune", async () => {
    const client = memoryClient([], {
      onWrite: ({ kind }) => {
        if (kind === "Deployment") throw new Error("power cut");
      },
    });
    const earlier = object("v1", "ConfigMap", "old");
    await apply(client, [earlier]);
    await expect(apply(client, [deployment], "h2")).rejects.toThrow("power cut");
    const [record] = await listRecords(client);
    expect(record).toMatchObject({ hash: "" });
    expect(record?.objects.map(({ name }) => name)).toEqual(["app", "old"]);
  });
});

describe("the readiness of an addon", () => {
  const progressing = {
    ...deployment,
    metadata: { ...deployment.metadata, generation: 1 },
    status: { observedGeneration: 1, updatedReplicas: 1 },
  };
  const available = { ...progressing, status: { ...progressing.status, availableReplicas: 1 } };
  const pod = {
    ...object("v1", "Pod", "app-1"),
    metadata: { name: "app-1", namespace: "thing-system", labels: { app: "app" } },
    status: {
      containerStatuses: [
        { name: "main", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } },
      ],
    },
  };

  test("names the missing object", async () => {
    expect(await addonReady(memoryClient(), ADDON)).toEqual(["Deployment thing-system/app does not exist"]);
  });

  test("names the pod that holds it up, with the reason", async () => {
    const [missing] = await addonReady(memoryClient([progressing, pod]), ADDON);
    expect(missing).toMatch(/Deployment thing-system\/app: .*pod app-1: ImagePullBackOff no such image/);
  });

  test("has nothing to say when all is available", async () => {
    expect(await addonReady(memoryClient([available]), ADDON)).toEqual([]);
  });

  describe("after its node was started", () => {
    const nodeStart = Math.floor(Date.now() / 1000) * 1000 + 400;
    const running = (startedAt: number, more: object = {}): AnyObject => ({
      ...pod,
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ name: "main", state: { running: { startedAt: new Date(startedAt).toISOString() } } }],
        ...more,
      },
    });
    const look = (...pods: AnyObject[]): Promise<string[]> =>
      addonReady(memoryClient([available, ...pods]), ADDON, { nodeStart });

    test("does not count what is told of pods of before", async () => {
      expect(await look(running(nodeStart - 60_000))).toEqual([
        "Deployment thing-system/app: pod app-1 does not run again yet",
      ]);
      expect(await look(running(nodeStart, { conditions: [{ type: "Ready", status: "False" }] }))).toHaveLength(1);
    });

    test("counts pods that run since, in the same second too, and not those that have ended", async () => {
      expect(await look(running(nodeStart - 400))).toEqual([]);
      expect(await look(running(nodeStart - 60_000, { phase: "Failed" }))).toEqual([]);
    });

    test("asks for no pods when that was long ago", async () => {
      const client = memoryClient([available, running(nodeStart - 7_200_000)]);
      expect(await addonReady(client, ADDON, { nodeStart: nodeStart - 3_600_000 })).toEqual([]);
    });
  });

  test("that does not come in time is an error with what is missing", async () => {
    const waiting = waitForAddon(memoryClient([progressing, pod]), ADDON, {
      signal,
      progress: () => undefined,
      timeoutMs: 1,
    });
    await expect(waiting).rejects.toMatchObject({
      code: "E_NOT_READY",
      why: expect.stringContaining("ImagePullBackOff") as string,
    });
  });

  test("is observed together with version and hash; an unfinished apply is not ready", async () => {
    const client = memoryClient();
    await apply(client, [available]);
    expect(await observeAddons(client)).toEqual([{ name: "thing", version: "v1", hash: "h1", ready: true }]);
    await apply(client, [available], "");
    expect(await observeAddons(client)).toEqual([{ name: "thing", version: "v1", hash: "", ready: false }]);
  });
});

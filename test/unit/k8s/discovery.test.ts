import { describe, expect, test } from "vitest";
import { createDiscovery } from "../../../src/k8s/discovery.ts";
import { KubeError } from "../../../src/k8s/errors.ts";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const WIDGET = { apiVersion: "example.org/v1", kind: "Widget" };

/** A server that knows ConfigMaps, and Widgets when the test says so. */
const start = () => {
  const asked: string[] = [];
  const server = { hasWidgets: false };
  const discovery = createDiscovery(async (path) => {
    asked.push(path);
    await Promise.resolve();
    if (path === "/api/v1") return { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] };
    if (!server.hasWidgets) throw new KubeError("not found", { status: 404, reason: "NotFound" });
    return {
      resources: [
        { name: "widgets", kind: "Widget", namespaced: false },
        { name: "widgets/status", kind: "Widget", namespaced: false },
      ],
    };
  });
  return { discovery, asked, server };
};

describe("discovery", () => {
  test("gives the paths of kinds in and out of namespaces", async () => {
    const { discovery, server } = start();
    server.hasWidgets = true;
    await expect(discovery.collection(CONFIG_MAP, undefined, {})).resolves.toBe("/api/v1/configmaps");
    await expect(discovery.collection(CONFIG_MAP, "a", {})).resolves.toBe("/api/v1/namespaces/a/configmaps");
    await expect(discovery.object({ ...WIDGET, name: "x:y", namespace: "a" }, {})).resolves.toBe(
      "/apis/example.org/v1/widgets/x%3Ay",
    );
  });

  test("asks once for callers at the same time and later ones", async () => {
    const { discovery, asked } = start();
    await Promise.all([1, 2, 3].map(() => discovery.has(CONFIG_MAP, {})));
    await discovery.collection(CONFIG_MAP, undefined, {});
    expect(asked).toEqual(["/api/v1"]);
  });

  test("finds a kind that came after it was first asked for", async () => {
    const { discovery, server } = start();
    await expect(discovery.has(WIDGET, {})).resolves.toBe(false);
    await expect(discovery.collection(WIDGET, undefined, {})).rejects.toMatchObject({ reason: "KindNotFound" });
    server.hasWidgets = true;
    await expect(discovery.has(WIDGET, {})).resolves.toBe(true);
  });

  test("goes on for the others when the caller who began it gives up", async () => {
    const { discovery, asked } = start();
    const abort = new AbortController();
    const first = discovery.has(CONFIG_MAP, { signal: abort.signal });
    const second = discovery.has(CONFIG_MAP, {});
    abort.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await expect(second).resolves.toBe(true);
    expect(asked).toHaveLength(1);
  });
});

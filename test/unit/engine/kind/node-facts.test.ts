import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kubeconfigOf } from "../../../../src/engine/kind/kubeconfig.ts";
import { markerOf, parseMarker } from "../../../../src/engine/kind/marker.ts";
import { clusterSettings, nodeSettings } from "../../../../src/engine/kind/node-settings.ts";
import { proxyEnv } from "../../../../src/engine/kind/proxy-env.ts";
import { endpointFromKubeconfig } from "../../../../src/k8s/kubeconfig.ts";
import { specifyClusters } from "../../../../src/plan/clusters.ts";
import { samplePlatform } from "../../../helpers/platform.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const ADMIN = `
apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster: { server: "https://shop-control-plane:6443", certificate-authority-data: ${base64("CA")} }
users:
- name: kubernetes-admin
  user: { client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")} }
`;
const TARGET = { context: "choreo-shop", server: "https://127.0.0.1:40001" };

describe("the kubeconfig of a node", () => {
  test("leads to the published port, and all its names are the context's", async () => {
    const { text } = await kubeconfigOf(ADMIN, TARGET);
    expect(parse(text)).toMatchObject({
      "current-context": "choreo-shop",
      clusters: [{ name: "choreo-shop", cluster: { server: TARGET.server } }],
      users: [{ name: "choreo-shop" }],
      contexts: [{ name: "choreo-shop", context: { cluster: "choreo-shop", user: "choreo-shop" } }],
    });
    expect(text).not.toContain("kubernetes-admin");
  });

  test("gives the same endpoint as its text does", async () => {
    const { text, endpoint } = await kubeconfigOf(ADMIN, TARGET);
    expect(endpoint).toEqual({ server: TARGET.server, ca: "CA", clientCert: "CERT", clientKey: "KEY" });
    expect(await endpointFromKubeconfig(text)).toMatchObject(endpoint);
  });

  test("that is not complete is E_CLUSTER_CREATE", async () => {
    await expect(kubeconfigOf("apiVersion: v1\nkind: Config\n", TARGET)).rejects.toMatchObject({
      code: "E_CLUSTER_CREATE",
    });
  });
});

describe("the marker of a node", () => {
  const SETTINGS = nodeSettings([{ path: "/etc/a", content: "a", mode: 0o644 }], {}, true);
  const facts = { nodeImage: "kindest/node:v1.34.2", observed: [], taken: [], gatewayPorts: {} };
  const marker = markerOf(specifyClusters(samplePlatform(), facts)[0]!, "0123456789abcdef", SETTINGS);

  test("survives being written and read", () => {
    expect(parseMarker(JSON.stringify(marker))).toEqual(marker);
    expect(marker.planes).toEqual(["control", "default-dataplane", "build"]);
  });

  test.each([
    "",
    "{}",
    JSON.stringify(marker).slice(0, -5),
    JSON.stringify({ ...marker, version: 2 }),
    JSON.stringify({ ...marker, settings: undefined }),
  ])("is not %j", (text) => {
    expect(parseMarker(text)).toBeUndefined();
  });
});

describe("the settings of a node", () => {
  const files = [
    { path: "/etc/a", content: "a", mode: 0o644 },
    { path: "/etc/b", content: "b", mode: 0o644 },
  ];
  const before = clusterSettings(nodeSettings(files, { HTTP_PROXY: "http://a:1" }, true));

  test("do not depend on the order of files", () => {
    expect(clusterSettings(nodeSettings(files.toReversed(), { HTTP_PROXY: "http://a:1" }, true))).toEqual(before);
  });

  test("tell changed files from a changed proxy", () => {
    const renewed = clusterSettings(
      nodeSettings([{ ...files[0]!, content: "c" }, files[1]!], { HTTP_PROXY: "http://a:1" }, true),
    );
    expect([renewed.files === before.files, renewed.proxy === before.proxy]).toEqual([false, true]);
    const elsewhere = clusterSettings(nodeSettings(files, { HTTP_PROXY: "http://b:1" }, true));
    expect([elsewhere.files === before.files, elsewhere.proxy === before.proxy]).toEqual([true, false]);
  });

  test("hold no secret", () => {
    const settings = nodeSettings([{ path: "/etc/login", content: "hunter2", mode: 0o600 }], {}, true);
    expect(JSON.stringify(settings)).not.toContain("hunter2");
  });
});

describe("the proxy variables", () => {
  const { network } = samplePlatform();
  const withProxy = (proxy: typeof network.proxy): Record<string, string> => proxyEnv({ ...network, proxy });

  test("are none without a proxy", () => {
    expect(withProxy({ http: undefined, https: undefined, no: ["corp.example"] })).toEqual({});
  });

  test("keep loopback, the pool, the cluster's names and the registry off the proxy", () => {
    const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = withProxy({
      http: "http://proxy.corp.example:3128",
      https: undefined,
      no: ["corp.example", "localhost"],
    });
    expect([HTTP_PROXY, HTTPS_PROXY]).toEqual(["http://proxy.corp.example:3128", undefined]);
    const direct = NO_PROXY?.split(",") ?? [];
    expect(direct).toEqual(
      expect.arrayContaining([
        "corp.example",
        "127.0.0.0/8",
        network.pool,
        ".svc",
        ".cluster.local",
        "choreo-registry",
      ]),
    );
    expect(new Set(direct).size).toBe(direct.length);
  });
});

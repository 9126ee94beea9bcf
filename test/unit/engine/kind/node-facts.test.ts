import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kubeconfigOf } from "../../../../src/engine/kind/kubeconfig.ts";
import { markerOf, parseMarker } from "../../../../src/engine/kind/marker.ts";
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
  const facts = { nodeImage: "kindest/node:v1.34.2", observed: [], taken: [], gatewayPorts: {} };
  const marker = markerOf(specifyClusters(samplePlatform(), facts)[0]!, "0123456789abcdef");

  test("survives being written and read", () => {
    expect(parseMarker(JSON.stringify(marker))).toEqual(marker);
    expect(marker.planes).toEqual(["control", "default-dataplane", "build"]);
  });

  test.each(["", "{}", JSON.stringify(marker).slice(0, -5), JSON.stringify({ ...marker, version: 2 })])(
    "is not %j",
    (text) => {
      expect(parseMarker(text)).toBeUndefined();
    },
  );
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

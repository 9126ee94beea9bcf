import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kindConfig } from "../../../../src/engine/kind/config.ts";
import { type ClusterSpec, specifyClusters } from "../../../../src/plan/clusters.ts";
import { multiClusterPlatform, samplePlatform } from "../../../helpers/platform.ts";

const FACTS = { nodeImage: "kindest/node:v1.34.2", observed: [], taken: [] };
const OWN = { platformId: "0123456789abcdef", syncDir: "/home/dev/.local/state/choreo-dev/shop/sync" };

const colocated = (): ClusterSpec =>
  specifyClusters(samplePlatform(), { ...FACTS, gatewayPorts: { "default-dataplane": 8443 } })[0]!;

const planeCluster = (plane: string): ClusterSpec =>
  specifyClusters(multiClusterPlatform(), { ...FACTS, gatewayPorts: { "us-west-2": 8443, "eu-central-1": 8444 } }).find(
    ({ planes }) => planes[0]?.name === plane,
  )!;

interface Config {
  networking: Record<string, unknown>;
  nodes: {
    labels: Record<string, string>;
    extraMounts: { hostPath: string }[];
    extraPortMappings: { listenAddress: string; hostPort: number; containerPort: number }[];
  }[];
}

const configOf = async (spec: ClusterSpec, own: Parameters<typeof kindConfig>[1] = OWN): Promise<Config> =>
  parse(await kindConfig(spec, own)) as Config;

describe("the kind configuration", () => {
  test("of a colocated platform lays all roles over one node", async () => {
    expect(await kindConfig(colocated(), OWN)).toMatchSnapshot();
  });

  test("of a data plane has the gateway's port, the sync folder and no default CNI", async () => {
    expect(await kindConfig(planeCluster("eu-central-1"), OWN)).toMatchSnapshot();
  });

  test("of a build plane has neither ports nor mounts", async () => {
    expect(await kindConfig(planeCluster("build"), OWN)).toMatchSnapshot();
  });

  test("listens on loopback only", async () => {
    const { networking, nodes } = await configOf(colocated());
    expect(networking["apiServerAddress"]).toBe("127.0.0.1");
    expect(new Set(nodes[0]?.extraPortMappings.map(({ listenAddress }) => listenAddress))).toEqual(
      new Set(["127.0.0.1"]),
    );
  });

  test("mounts nothing where Docker cannot see this machine's files", async () => {
    const { nodes } = await configOf(colocated(), { ...OWN, syncDir: undefined });
    expect(nodes[0]?.extraMounts).toEqual([]);
  });

  test("keeps kind's own CNI when Cilium is off", async () => {
    const addons = { ...samplePlatform().addons, cilium: { enabled: false, values: {} } };
    const [spec] = specifyClusters(samplePlatform({ addons }), { ...FACTS, gatewayPorts: {} });
    expect((await configOf(spec!)).networking["disableDefaultCNI"]).toBe(false);
  });

  test("names the platform on the node", async () => {
    const { nodes } = await configOf(planeCluster("control"));
    expect(nodes[0]?.labels).toMatchObject({
      "choreo.dev/platform": "shop",
      "choreo.dev/platform-id": OWN.platformId,
      "core.choreo.dev/plane-control": "true",
    });
    expect(nodes[0]?.labels).not.toHaveProperty("core.choreo.dev/plane-data");
  });
});

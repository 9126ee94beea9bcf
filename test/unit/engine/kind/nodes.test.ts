import type Docker from "dockerode";
import { describe, expect, test } from "vitest";
import { foreignClusters, listNodes } from "../../../../src/engine/kind/nodes.ts";

interface Container {
  readonly id: string;
  readonly cluster: string;
  readonly mode: string;
  readonly networks?: readonly string[];
  readonly state?: string;
  /** How often an inspection answers 404 before it finds the container; a list goes on showing it. */
  unborn?: number;
}

const notFound = (): never => {
  throw Object.assign(new Error("no such container"), { statusCode: 404 });
};

/** As much of Docker as finding nodes takes. */
const dockerWith = (...containers: Container[]): Docker =>
  ({
    listContainers: async () =>
      containers.map(({ id, cluster, mode, networks = [], state = "running" }) => ({
        Id: id,
        Names: [`/${cluster}-control-plane`],
        State: state,
        Labels: { "io.x-k8s.kind.cluster": cluster },
        HostConfig: { NetworkMode: mode },
        NetworkSettings: { Networks: Object.fromEntries(networks.map((name) => [name, {}])) },
      })),
    getContainer: (id: string) => ({
      inspect: async () => {
        const found = containers.find((container) => container.id === id) ?? notFound();
        if ((found.unborn ?? 0) > 0) {
          found.unborn = (found.unborn ?? 0) - 1;
          notFound();
        }
        return {
          Id: id,
          Name: `/${found.cluster}-control-plane`,
          State: { Running: found.state === undefined, Dead: false, Status: found.state ?? "running" },
          HostConfig: { PortBindings: { "6443/tcp": [{ HostPort: "6444" }] } },
          Config: { Image: "kindest/node:v1.34.0", Labels: { "io.x-k8s.kind.cluster": found.cluster } },
          NetworkSettings: { Networks: {} },
        };
      },
      getArchive: async () => notFound(),
    }),
  }) as unknown as Docker;

describe("nodes of a platform", () => {
  test("are told from other clusters by their network", async () => {
    const docker = dockerWith(
      { id: "a", cluster: "shop", mode: "choreo-dev-shop", networks: ["choreo-dev-shop"] },
      { id: "b", cluster: "other", mode: "kind", networks: ["kind"] },
    );
    expect((await listNodes(docker, "choreo-dev-shop")).map(({ name, apiPort }) => [name, apiPort])).toEqual([
      ["shop-control-plane", 6444],
    ]);
    expect(await foreignClusters(docker, "choreo-dev-shop")).toEqual([{ name: "other", platform: undefined }]);
  });

  test("of another platform are known as that platform's", async () => {
    const docker = dockerWith({ id: "a", cluster: "shop-control", mode: "choreo-dev-shop" });
    expect(await foreignClusters(docker, "choreo-dev-shop-control")).toEqual([
      { name: "shop-control", platform: "shop" },
    ]);
  });

  test("are ours while Docker makes them and has not put them on their network yet", async () => {
    const docker = dockerWith({ id: "a", cluster: "shop", mode: "choreo-dev-shop", state: "created", unborn: 2 });
    expect(await foreignClusters(docker, "choreo-dev-shop")).toEqual([]);
    const nodes = await listNodes(docker, "choreo-dev-shop");
    expect(nodes.map(({ name, running }) => ({ name, running }))).toEqual([
      { name: "shop-control-plane", running: false },
    ]);
  });

  test("are gone when Docker lists them on their way out", async () => {
    const docker = dockerWith(
      { id: "a", cluster: "shop", mode: "choreo-dev-shop", state: "removing" },
      { id: "b", cluster: "shop", mode: "choreo-dev-shop", state: "exited", unborn: 1 },
    );
    expect(await listNodes(docker, "choreo-dev-shop")).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { makeNetwork, type WantedNetwork } from "../../../src/planes/make-network.ts";
import { type FakeDocker, startFakeDocker } from "../docker/fake-docker.ts";

/** From a range that no machine has routes to. */
const WANTED: WantedNetwork = {
  ...{ name: "shop", subnet: "198.18.0.0/24", pool: "198.18.0.0/16", labels: {} },
  clusters: ["198.18.1.0/24"],
};
const overlap = { status: 403, body: { message: "Pool overlaps with other one on this address space" } };

/** A Docker in which others have made networks since the plan; it refuses these subnets. */
const dockerWith = (others: readonly string[], refused: readonly string[] = others): Promise<FakeDocker> =>
  startFakeDocker(({ method, path, body }) => {
    if (path === "/networks" && method === "GET")
      return { body: others.map((subnet, index) => ({ Name: `n${index}`, IPAM: { Config: [{ Subnet: subnet }] } })) };
    if (path !== "/networks/create") return undefined;
    const { Config } = body["IPAM"] as { Config: readonly { Subnet: string }[] };
    return refused.includes(Config[0]?.Subnet ?? "") ? overlap : { status: 201, body: { Id: "n" } };
  });

describe("the network of a platform", () => {
  test("has the subnet that was planned", async () => {
    await using fake = await dockerWith([]);
    expect(await makeNetwork(fake.docker, WANTED)).toBe("198.18.0.0/24");
  });

  test("has the next free one when another platform was faster, and none of its own clusters", async () => {
    await using fake = await dockerWith(["198.18.0.0/24", "198.18.2.0/24"]);
    expect(await makeNetwork(fake.docker, WANTED)).toBe("198.18.3.0/24");
  });

  test("is not made when Docker refuses everything", async () => {
    await using fake = await dockerWith([], ["198.18.0.0/24", "198.18.2.0/24"]);
    const narrow = { ...WANTED, pool: "198.18.0.0/24" };
    await expect(makeNetwork(fake.docker, narrow)).rejects.toMatchObject({ code: "E_SUBNETS" });
  });
});

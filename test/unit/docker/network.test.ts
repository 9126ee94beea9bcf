import { describe, expect, test } from "vitest";
import { createNetwork, findNetwork, removeNetwork, takenSubnets } from "../../../src/docker/network.ts";
import { type FakeAnswer, type FakeCall, startFakeDocker } from "./fake-docker.ts";

const BRIDGE = {
  Name: "bridge",
  Id: "b",
  IPAM: { Config: [{ Subnet: "172.17.0.0/16" }] },
  Options: { "com.docker.network.driver.mtu": "1400" },
};
const OTHER = { Name: "demo-old", Id: "o", IPAM: { Config: [{ Subnet: "10.1.0.0/24" }, { Subnet: "fd00::/64" }] } };
const PLAIN = { name: "demo", subnet: "10.1.0.0/24", range: "10.1.0.0/25", labels: { a: "b" } };

const networks =
  (created: FakeAnswer) =>
  (call: FakeCall): FakeAnswer | undefined => {
    if (call.path === "/networks/create") return created;
    if (call.path !== "/networks") return undefined;
    const filter = call.query.get("filters") ?? "";
    return { body: filter.includes("builtin") ? [BRIDGE] : [BRIDGE, OTHER] };
  };

describe("platform networks", () => {
  test("are found by their whole name", async () => {
    await using fake = await startFakeDocker(networks({}));
    expect(await findNetwork(fake.docker, "demo-old")).toMatchObject({ id: "o", subnet: "10.1.0.0/24" });
    expect(await findNetwork(fake.docker, "demo")).toBeUndefined();
  });

  test("do not use what other networks have", async () => {
    await using fake = await startFakeDocker(networks({}));
    expect(await takenSubnets(fake.docker)).toEqual(["172.17.0.0/16", "10.1.0.0/24", "fd00::/64"]);
  });

  test("are made with labels and the MTU of the default bridge", async () => {
    await using fake = await startFakeDocker(networks({ status: 201, body: { Id: "n" } }));
    await createNetwork(fake.docker, PLAIN);
    expect(fake.calls.find(({ path }) => path === "/networks/create")?.body).toMatchObject({
      Name: "demo",
      EnableIPv6: false,
      IPAM: { Config: [{ Subnet: "10.1.0.0/24", IPRange: "10.1.0.0/25" }] },
      Labels: { a: "b" },
      Options: { "com.docker.network.driver.mtu": "1400" },
    });
  });

  test("say who holds what when there is no room", async () => {
    await using fake = await startFakeDocker(
      networks({ status: 403, body: { message: "Pool overlaps with other one on this address space" } }),
    );
    await expect(createNetwork(fake.docker, PLAIN)).rejects.toMatchObject({
      code: "E_SUBNETS",
      evidence: expect.arrayContaining(["10.1.0.0/24  demo-old"]) as unknown,
    });
  });

  test("pass on any other refusal", async () => {
    await using fake = await startFakeDocker(networks({ status: 500, body: { message: "no driver" } }));
    await expect(createNetwork(fake.docker, PLAIN)).rejects.toMatchObject({
      code: "E_DOCKER",
      why: expect.stringContaining("no driver") as unknown,
    });
  });

  test("are removed after everything was taken off them", async () => {
    const done: string[] = [];
    await using fake = await startFakeDocker((call) => {
      if (call.path === "/networks") return { body: [OTHER] };
      if (call.method !== "GET") done.push(`${call.method} ${call.path}`);
      return { body: { Containers: { one: {} } } };
    });
    await removeNetwork(fake.docker, "demo-old");
    expect(done).toEqual(["POST /networks/o/disconnect", "DELETE /networks/o"]);
  });

  test("that are gone need no removal", async () => {
    await using fake = await startFakeDocker((call) => (call.path === "/networks" ? { body: [] } : undefined));
    await expect(removeNetwork(fake.docker, "demo")).resolves.toBeUndefined();
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { processStartTime } from "../../../src/lib/process.ts";
import type { Platform } from "../../../src/config/model.ts";
import { GATEWAY_NODE_PORT, type ObservedCluster } from "../../../src/plan/clusters.ts";
import { chooseGatewayPorts, freeAndClaimed, releasePorts } from "../../../src/planes/gateway-ports.ts";
import { multiClusterPlatform, samplePlatform } from "../../helpers/platform.ts";

const allFree = async (): Promise<boolean> => true;
const allBut =
  (...taken: number[]) =>
  async (port: number): Promise<boolean> =>
    !taken.includes(port);

const running = (name: string, hostPort: number, state: ObservedCluster["state"] = "running"): ObservedCluster => ({
  name,
  state,
  nodeImage: "kindest/node:v1.34.2",
  podSubnet: undefined,
  serviceSubnet: undefined,
  settings: undefined,
  ports: [
    { nodePort: 30480, hostPort: 45000 },
    { nodePort: GATEWAY_NODE_PORT, hostPort },
  ],
});

/** A port for the first data plane that the user wrote down. */
const withPort = (platform: Platform, port: number): Platform => {
  const [first, ...rest] = platform.planes.data;
  return { ...platform, planes: { ...platform.planes, data: [{ ...first!, gateway: { port } }, ...rest] } };
};

describe("the port of a gateway", () => {
  test("is 8443 where that is free", async () => {
    expect(await chooseGatewayPorts(samplePlatform(), [], allFree)).toEqual({ "default-dataplane": 8443 });
  });

  test("is the next free one where it is not", async () => {
    expect(await chooseGatewayPorts(samplePlatform(), [], allBut(8443, 8444))).toEqual({ "default-dataplane": 8445 });
  });

  test("is another one for each data plane", async () => {
    expect(await chooseGatewayPorts(multiClusterPlatform(), [], allFree)).toEqual({
      "us-west-2": 8443,
      "eu-central-1": 8444,
    });
  });

  test("leaves the ports that another plane was configured with alone", async () => {
    const { planes, ...rest } = multiClusterPlatform();
    const [first, second] = planes.data;
    const data = [first!, { ...second!, gateway: { port: 8443 } }];
    expect(await chooseGatewayPorts({ ...rest, planes: { ...planes, data } }, [], allFree)).toEqual({
      "us-west-2": 8444,
      "eu-central-1": 8443,
    });
  });

  test.each(["running", "stopped"] as const)("is kept while the node is %s, although it is in use", async (state) => {
    const observed = [running("shop", 9000, state)];
    expect(await chooseGatewayPorts(samplePlatform(), observed, allBut(8443, 9000))).toEqual({
      "default-dataplane": 9000,
    });
  });

  test("is chosen anew when the node is half made", async () => {
    const observed = [running("shop", 9000, "half-made")];
    expect(await chooseGatewayPorts(samplePlatform(), observed, allFree)).toEqual({ "default-dataplane": 8443 });
  });

  test("is the configured one before all others", async () => {
    const observed = [running("shop", 9000)];
    expect(await chooseGatewayPorts(withPort(samplePlatform(), 9443), observed, allFree)).toEqual({
      "default-dataplane": 9443,
    });
  });

  test("is not one that a running node of a later data plane has", async () => {
    const observed = [running("shop-eu-central-1", 8443)];
    const chosen = await chooseGatewayPorts(multiClusterPlatform(), observed, allFree);
    expect(chosen).toEqual({ "us-west-2": 8444, "eu-central-1": 8443 });
  });
});

describe("a free port", () => {
  test("is not taken while another process is about to", async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-ports-"));
    const port = await freePort();
    const file = path.join(dir, `${port}.claim`);
    const shop = { dir, platform: "shop", home: path.join(dir, "shop") };
    const startTime = await processStartTime(process.ppid);
    writeFileSync(file, JSON.stringify({ pid: process.ppid, startTime }));
    const tried: number[] = [];
    const tries = async (one: number): Promise<boolean> => tried.push(one) > 0;
    // To try it would take it from the other one for a moment.
    expect([await freeAndClaimed({ ...shop, free: tries })(port), tried]).toEqual([false, []]);
    // Of one that is gone, nothing is left to respect.
    writeFileSync(file, JSON.stringify({ pid: process.ppid, startTime: "1" }));
    expect(await freeAndClaimed(shop)(port)).toBe(true);
    expect(await freeAndClaimed(shop)(port)).toBe(true);
    rmSync(dir, { recursive: true });
  });

  test("is not one that a platform has which is stopped, until that is removed", async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-ports-"));
    const port = await freePort();
    const shop = { dir, platform: "stopped", home: path.join(dir, "shop") };
    const other = { dir, platform: "other", home: path.join(dir, "other") };
    mkdirSync(shop.home);
    expect(await freeAndClaimed(shop)(port)).toBe(true);
    // The command that claimed it has ended.
    await releasePorts("stopped");
    expect(await freeAndClaimed(other)(port)).toBe(false);
    expect(await freeAndClaimed(shop)(port)).toBe(true);
    await releasePorts("stopped");
    rmSync(shop.home, { recursive: true });
    expect(await freeAndClaimed(other)(port)).toBe(true);
    await releasePorts("other");
    rmSync(dir, { recursive: true });
  });

  test("is not claimed when somebody else has it", async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-ports-"));
    expect(
      await freeAndClaimed({ dir, platform: "shop", home: path.join(dir, "shop"), free: allBut(8443) })(8443),
    ).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
    rmSync(dir, { recursive: true });
  });
});

const freePort = async (): Promise<number> => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

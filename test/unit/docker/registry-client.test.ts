import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createRegistryClient } from "../../../src/docker/registry-client.ts";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import { digestOf } from "./exports.ts";
import { type MemoryRegistry, startMemoryRegistry } from "./memory-registry.ts";

/** A port that nobody listens on: it was somebody's a moment ago. */
const closedPort = async (): Promise<number> => {
  const registry = await startMemoryRegistry();
  await registry[Symbol.asyncDispose]();
  return registry.port;
};

const clockThat = (sleep: () => Promise<void>): Clock => ({ ...systemClock, sleep });

describe("the registry client", () => {
  test("tells the size of what was uploaded, and nothing of what was not", async () => {
    await using registry = await startMemoryRegistry();
    const client = createRegistryClient(registry.port);
    const content = Buffer.from("layer");
    await (await client.upload("a/b", Readable.from([content]))).finish(digestOf(content));
    expect(await client.blobSize("a/b", digestOf(content))).toBe(5);
    expect(await client.blobSize("c", digestOf(content))).toBeUndefined();
  });

  test("shares a blob between repositories without sending it", async () => {
    await using registry = await startMemoryRegistry();
    const client = createRegistryClient(registry.port);
    const content = Buffer.from("layer");
    await (await client.upload("a", content)).finish(digestOf(content));
    await client.mountBlob("b", digestOf(content), "a");
    expect(await client.blobSize("b", digestOf(content))).toBe(5);
    expect(registry.receivedBytes()).toBe(5);
  });

  test("refuses content that is not what its digest says", async () => {
    await using registry = await startMemoryRegistry();
    const upload = await createRegistryClient(registry.port).upload("a", Buffer.from("damaged"));
    await expect(upload.finish(digestOf(Buffer.from("whole")))).rejects.toMatchObject({ code: "E_IMAGE" });
    expect(registry.blobs.size).toBe(0);
  });

  test("waits for a registry that is just starting", async () => {
    const port = await closedPort();
    let registry: MemoryRegistry | undefined;
    const client = createRegistryClient(
      port,
      clockThat(async () => void (registry ??= await startMemoryRegistry(port))),
    );
    expect(await client.manifest("a", "1")).toBeUndefined();
    await registry?.[Symbol.asyncDispose]();
  });

  test("gives up on a registry that stays away", async () => {
    let pauses = 0;
    const client = createRegistryClient(
      await closedPort(),
      clockThat(async () => void pauses++),
    );
    await expect(client.manifest("a", "1")).rejects.toMatchObject({ code: "E_IMAGE" });
    expect(pauses).toBeGreaterThan(0);
  });

  test.each([
    ["in words", '"UNKNOWN","message":"unknown error","detail":"write /data: no space left on device"'],
    ["by its number", '"UNKNOWN","detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Err":28}}'],
    ["by the loss of what it has accepted", '"BLOB_UPLOAD_INVALID","message":"blob upload invalid"'],
  ])("says that a registry is full, which tells that %s", async (_how, code) => {
    const server = http.createServer((_, response) => response.writeHead(500).end(`{"errors":[{"code":${code}}]}`));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const client = createRegistryClient((server.address() as AddressInfo).port);
    await expect(client.upload("a", Buffer.from("layer"))).rejects.toMatchObject({
      code: "E_IMAGE",
      why: expect.stringContaining("the disk of its volume") as unknown,
      fix: expect.stringContaining("docker system df") as unknown,
    });
    server.close();
  });
});

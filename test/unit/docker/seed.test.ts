import { describe, expect, test } from "vitest";
import { createRegistryClient } from "../../../src/docker/registry-client.ts";
import { seedImage, seedImages } from "../../../src/docker/seed.ts";
import {
  type ExportForm,
  MB,
  type TestImage,
  answerImages,
  digestOf,
  imageOf,
  layerDigests,
  layerOf,
  manifestOf,
} from "./exports.ts";
import { startFakeDocker } from "./fake-docker.ts";
import { startMemoryRegistry } from "./memory-registry.ts";

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

const start = async (images: TestImage[], form: ExportForm) => {
  const registry = await startMemoryRegistry();
  const fake = await startFakeDocker(answerImages(() => images, form));
  const client = createRegistryClient(registry.port);
  const exportsMade = (): number => fake.calls.filter(({ path }) => path === "/images/get").length;
  const manifest = (name: string): Manifest =>
    JSON.parse(registry.manifests.get(name)?.toString("utf8") ?? "{}") as Manifest;
  return {
    registry,
    exportsMade,
    manifest,
    seed: (...names: string[]) => seedImages(fake.docker, client, names),
    seedOne: (name: string) => seedImage(fake.docker, client, name),
    [Symbol.asyncDispose]: async () => {
      await fake[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
};

describe.each<ExportForm>(["folders", "layout", "packed"])("seeding from a Docker that exports %s", (form) => {
  test("puts an image under its host with its configuration and layers in order", async () => {
    const image = imageOf("nginx:1.26", [layerOf(2 * MB), layerOf(3000), layerOf(MB + 1)]);
    await using world = await start([image], form);
    await world.seed("nginx:1.26");
    const stored = world.manifest("docker.io/library/nginx:1.26");
    expect(stored.config.digest).toBe(digestOf(image.config));
    expect(stored.layers.map(({ digest }) => digest)).toEqual(layerDigests(image, form));
  });

  test.skipIf(form === "folders")("keeps the digest that Docker gave the image", async () => {
    const image = imageOf("nginx:1.26", [layerOf(2000)]);
    await using world = await start([image], form);
    await world.seed("nginx:1.26");
    expect(world.registry.manifests.get("docker.io/library/nginx:1.26")).toEqual(manifestOf(image, form));
  });

  test("moves nothing and exports nothing the second time", async () => {
    await using world = await start([imageOf("quay.io/team/app:v1", [layerOf(2 * MB)])], form);
    expect((await world.seedOne("quay.io/team/app:v1")).movedBytes).toBeGreaterThan(0);
    expect(await world.seedOne("quay.io/team/app:v1")).toEqual({ local: true, movedBytes: 0 });
    expect(world.exportsMade()).toBe(1);
  });

  test("moves only the layer that changed", async () => {
    const base = layerOf(4 * MB);
    const images = [imageOf("app:dev", [base, layerOf(2 * MB)])];
    await using world = await start(images, form);
    await world.seed("app:dev");
    images[0] = imageOf("app:dev", [base, layerOf(MB + 500)]);
    const { movedBytes } = await world.seed("app:dev");
    expect(movedBytes).toBeGreaterThan(MB);
    expect(movedBytes).toBeLessThan(1.1 * MB);
    expect(world.manifest("docker.io/library/app:dev").config.digest).toBe(digestOf(images[0].config));
  });

  test("follows a changed configuration without sending a layer", async () => {
    const layers = [layerOf(2 * MB), layerOf(500)];
    const images = [imageOf("app:dev", layers)];
    await using world = await start(images, form);
    await world.seed("app:dev");
    images[0] = imageOf("app:dev", layers, { config: { Cmd: ["other"] } });
    expect(await world.seed("app:dev")).toMatchObject({ movedBytes: 0 });
    expect(world.manifest("docker.io/library/app:dev").config.digest).toBe(digestOf(images[0].config));
  });

  test("sends a layer that two images share once", async () => {
    const base = layerOf(3 * MB);
    const images = [imageOf("a:1", [base, layerOf(MB + 7)]), imageOf("ghcr.io/x/b:2", [base, layerOf(MB + 9)])];
    await using world = await start(images, form);
    await world.seed("a:1", "ghcr.io/x/b:2");
    expect(world.registry.receivedBytes()).toBeLessThan(5.1 * MB);
    expect(world.exportsMade()).toBe(1);
    expect(world.manifest("docker.io/library/a:1").layers[0]).toEqual(world.manifest("ghcr.io/x/b:2").layers[0]);
  });

  test("keeps equal paths on two hosts apart", async () => {
    const [hub, quay] = [imageOf("team/app:1", [layerOf(5000)]), imageOf("quay.io/team/app:1", [layerOf(5000)])];
    await using world = await start([hub, quay], form);
    await world.seed("team/app:1", "quay.io/team/app:1");
    expect(world.manifest("docker.io/team/app:1").config.digest).toBe(digestOf(hub.config));
    expect(world.manifest("quay.io/team/app:1").config.digest).toBe(digestOf(quay.config));
  });
});

describe("seeding", () => {
  test("is not misled by a new layer that is as large as a known one", async () => {
    const [base, top] = [layerOf(2 * MB), layerOf(2 * MB)];
    const images = [imageOf("app:dev", [base])];
    await using world = await start(images, "folders");
    await world.seed("app:dev");
    images[0] = imageOf("app:dev", [base, top]);
    await world.seed("app:dev");
    expect(world.manifest("docker.io/library/app:dev").layers.map(({ digest }) => digest)).toEqual(
      [base, top].map(digestOf),
    );
  });

  test("leaves to the nodes what the host lacks and what is named by digest", async () => {
    const image = imageOf("app:dev", [layerOf(100)]);
    await using world = await start([image], "folders");
    expect(await world.seed("absent:1", `app@${digestOf(image.config)}`)).toEqual({ local: [], movedBytes: 0 });
    expect(world.registry.manifests.size).toBe(0);
  });

  test("fails when Docker's export breaks off", async () => {
    const images = [imageOf("app:dev", [layerOf(3 * MB)])];
    const answer = answerImages(() => images, "folders");
    await using registry = await startMemoryRegistry();
    await using fake = await startFakeDocker(async (call) => {
      const whole = await answer(call);
      return call.path === "/images/get" ? { body: Buffer.from(whole?.body as Buffer).subarray(0, 2 * MB) } : whole;
    });
    const seeding = seedImage(fake.docker, createRegistryClient(registry.port), "app:dev");
    await expect(seeding).rejects.toMatchObject({ code: "E_IMAGE" });
    expect(registry.manifests.size).toBe(0);
  });
});

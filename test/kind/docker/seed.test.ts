import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectDocker } from "../../../src/docker/client.ts";
import { createNetwork, removeNetwork, takenSubnets } from "../../../src/docker/network.ts";
import { type RegistryClient, createRegistryClient } from "../../../src/docker/registry-client.ts";
import { type RegistrySpec, ensureRegistry, observeRegistry } from "../../../src/docker/registry.ts";
import { hostRoutes } from "../../../src/docker/routes.ts";
import { seedImage, seedImages } from "../../../src/docker/seed.ts";
import { addressAt, allocateBlock, halves } from "../../../src/plan/subnets.ts";
import { docker as dockerCommand } from "../../helpers/docker.ts";

const MB = 1024 * 1024;
const id = `choreo-test-${randomBytes(3).toString("hex")}`;
const labels = { "choreo.dev/test": id };

let docker: Docker;
let spec: RegistrySpec;
let client: RegistryClient;
let hostPort = 0;
let dir = "";

/** Builds an image with one layer per file, so that equal files are equal layers. */
const build = async (name: string, files: Readonly<Record<string, Buffer>>): Promise<void> => {
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(dir, file), content);
  const copies = Object.keys(files).map((file) => `COPY ${file} /${file}`);
  const lines = [
    "FROM scratch",
    ...copies,
    `LABEL choreo.dev/test=${id} choreo.dev/test-name=${name}`,
    'CMD ["/none"]',
  ];
  await writeFile(path.join(dir, "Dockerfile"), lines.join("\n"));
  await dockerCommand("build", "-q", "-t", name, dir);
};

const fetchManifest = async (repository: string, tag: string): Promise<{ layers: { digest: string }[] }> => {
  const answer = await fetch(`http://127.0.0.1:${hostPort}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  return (await answer.json()) as { layers: { digest: string }[] };
};

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-seed-"));
  ({ docker } = await connectDocker(process.env));
  const subnet = allocateBlock("10.96.0.0/11", 24, [...(await takenSubnets(docker)), ...(await hostRoutes())]);
  await createNetwork(docker, { name: id, subnet, range: halves(subnet)[0], labels });
  spec = { name: `${id}-registry`, network: id, address: addressAt(subnet, -2), labels };
  ({ hostPort } = await ensureRegistry(docker, spec));
  client = createRegistryClient(hostPort);
});

afterAll(async () => {
  await dockerCommand("rm", "-f", spec.name);
  await dockerCommand("volume", "rm", spec.name);
  await removeNetwork(docker, id);
  const images = await dockerCommand("images", "-q", "--filter", `label=choreo.dev/test=${id}`);
  if (images !== "") await dockerCommand("rmi", "-f", ...new Set(images.split("\n")));
  await rm(dir, { recursive: true, force: true });
});

describe("the platform's registry on a real Docker", () => {
  test("moves nothing the second time, and leaves no tags in Docker", async () => {
    const name = `${id}/app:1`;
    await build(name, { base: randomBytes(3 * MB) });
    expect((await seedImage(docker, client, name)).movedBytes).toBeGreaterThan(3 * MB);
    expect(await seedImage(docker, client, name)).toEqual({ local: true, movedBytes: 0 });
    expect((await docker.getImage(name).inspect()).RepoTags).toEqual([name]);
  });

  test("moves only the layer that changed", async () => {
    const name = `${id}/changing:1`;
    const base = randomBytes(5 * MB);
    await build(name, { base, top: randomBytes(2 * MB) });
    await seedImage(docker, client, name);
    await build(name, { base, top: randomBytes(2 * MB) });
    const { movedBytes } = await seedImage(docker, client, name);
    expect(movedBytes).toBeGreaterThan(2 * MB);
    expect(movedBytes).toBeLessThan(3 * MB);
  });

  test("keeps the same path on two hosts apart", async () => {
    const [hub, quay] = [`${id}/twin:1`, `quay.io/${id}/twin:1`];
    await build(hub, { of: Buffer.from("hub") });
    await build(quay, { of: Buffer.from("quay") });
    await seedImages(docker, client, [hub, quay]);
    const [fromHub, fromQuay] = [
      await fetchManifest(`docker.io/${id}/twin`, "1"),
      await fetchManifest(`quay.io/${id}/twin`, "1"),
    ];
    expect(fromHub.layers).not.toEqual(fromQuay.layers);
  });

  test("gives back layers as Docker has them", async () => {
    const name = `${id}/whole:1`;
    await build(name, { one: randomBytes(2 * MB), two: randomBytes(1000) });
    await seedImage(docker, client, name);
    const { layers } = await fetchManifest(`docker.io/${id}/whole`, "1");
    const own = (await docker.getImage(name).inspect()).RootFS.Layers;
    expect(layers.map(({ digest }) => digest)).toEqual(own);
  });

  test("keeps its content when it is made again", async () => {
    await dockerCommand("rm", "-f", spec.name);
    expect(await observeRegistry(docker, spec)).toBeUndefined();
    ({ hostPort } = await ensureRegistry(docker, spec));
    client = createRegistryClient(hostPort);
    expect(await seedImage(docker, client, `${id}/app:1`)).toEqual({ local: true, movedBytes: 0 });
  });

  test("keeps its port when it is restarted", async () => {
    await dockerCommand("restart", "-t", "1", spec.name);
    expect(await observeRegistry(docker, spec)).toEqual({ state: "ok", hostPort });
  });

  test("moves to another port when its own was taken while it was stopped", async () => {
    await dockerCommand("stop", "-t", "1", spec.name);
    const thief = `${id}-thief`;
    await dockerCommand("run", "-d", "--name", thief, "-p", `127.0.0.1:${hostPort}:80`, "registry:2");
    try {
      const moved = await ensureRegistry(docker, spec);
      expect(moved.hostPort).not.toBe(hostPort);
      expect(await seedImage(docker, createRegistryClient(moved.hostPort), `${id}/app:1`)).toMatchObject({
        movedBytes: 0,
      });
    } finally {
      await dockerCommand("rm", "-f", "-v", thief);
    }
  });
});

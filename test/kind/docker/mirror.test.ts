import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectDocker } from "../../../src/docker/client.ts";
import { containerdHosts } from "../../../src/docker/hosts-toml.ts";
import { createNetwork, removeNetwork, takenSubnets } from "../../../src/docker/network.ts";
import { createRegistryClient } from "../../../src/docker/registry-client.ts";
import { ensureRegistry } from "../../../src/docker/registry.ts";
import { hostRoutes } from "../../../src/docker/routes.ts";
import { seedImages } from "../../../src/docker/seed.ts";
import { type NodeExecResult, execInNode, putNodeFiles } from "../../../src/engine/kind/node-io.ts";
import { addressAt, allocateBlock, halves } from "../../../src/plan/subnets.ts";
import { docker as dockerCommand } from "../../helpers/docker.ts";
import { untilTrue } from "../../helpers/until.ts";

const id = `choreo-test-${randomBytes(3).toString("hex")}`;
const labels = { "choreo.dev/test": id };
const nodeImage = process.env["CHOREO_TEST_NODE_IMAGE"] ?? "kindest/node:v1.34.2";
const hub = `${id}/twin:1`;
const quay = `quay.io/${id}/twin:1`;

let docker: Docker;
let node = "";
let dir = "";

const build = async (name: string): Promise<void> => {
  await writeFile(path.join(dir, "content"), randomBytes(2_000_000));
  await writeFile(path.join(dir, "Dockerfile"), "FROM scratch\nCOPY content /\n");
  await dockerCommand("build", "-q", "-t", name, "--label", `choreo.dev/test=${id}`, dir);
};

const pull = (reference: string): Promise<NodeExecResult> =>
  execInNode(docker, node, [
    "ctr",
    "-n",
    "k8s.io",
    "images",
    "pull",
    "--hosts-dir",
    "/etc/containerd/certs.d",
    reference,
  ]);

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-mirror-"));
  ({ docker } = await connectDocker(process.env));
  const subnet = allocateBlock("10.96.0.0/11", 24, [...(await takenSubnets(docker)), ...(await hostRoutes())]);
  await createNetwork(docker, { name: id, subnet, range: halves(subnet)[0], labels });
  const spec = { name: `${id}-registry`, network: id, address: addressAt(subnet, -2), labels };
  const { hostPort } = await ensureRegistry(docker, spec);
  await build(hub);
  await build(quay);
  await seedImages(docker, createRegistryClient(hostPort), [hub, quay]);
  const run = ["run", "-d", "--privileged", "--network", id, "--volume", "/var", "--label", `choreo.dev/test=${id}`];
  node = await dockerCommand(...run, "--entrypoint", "sleep", nodeImage, "infinity");
  await putNodeFiles(docker, node, containerdHosts([{ host: "private.example", username: "me", password: "secret" }]));
  await dockerCommand("exec", "-d", node, "containerd", "--log-level", "error");
  await untilTrue("containerd in the node", async () =>
    (await execInNode(docker, node, ["ctr", "version"])).code === 0 ? true : undefined,
  );
});

afterAll(async () => {
  await dockerCommand("rm", "-f", "-v", node, `${id}-registry`);
  await dockerCommand("volume", "rm", `${id}-registry`);
  await removeNetwork(docker, id);
  await dockerCommand("rmi", "-f", hub, quay);
  await rm(dir, { recursive: true, force: true });
});

describe("containerd of a real node", () => {
  test("gets the same path of two hosts as two images", async () => {
    expect((await pull(`docker.io/${hub}`)).code).toBe(0);
    expect((await pull(quay)).code).toBe(0);
    const { stdout } = await execInNode(docker, node, ["ctr", "-n", "k8s.io", "images", "ls"]);
    const digests = stdout
      .split("\n")
      .filter((line) => line.includes(id))
      .map((line) => line.split(/\s+/)[2]);
    expect(new Set(digests).size).toBe(2);
  });

  test("gets a mirrored image by its address in the registry too", async () => {
    expect((await pull(`choreo-registry:5000/docker.io/${hub}`)).code).toBe(0);
  });

  test("asks the original for what the platform's registry lacks", async () => {
    const { code, stderr } = await pull(`docker.io/${id}/absent:1`);
    expect(code).not.toBe(0);
    expect(stderr).toContain("registry-1.docker.io");
  });

  test("holds the logins of private registries where its kubelet reads them, for root only", async () => {
    const { stdout } = await execInNode(docker, node, ["stat", "-c", "%a %U", "/var/lib/kubelet/config.json"]);
    expect(stdout.trim()).toBe("600 root");
  });
});

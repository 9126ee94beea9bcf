import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { chooseNodeImage, kubernetesVersionOf, publishedNodeImage } from "../../../../src/engine/kind/node-image.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const ALL = {
  configured: "example.org/node:mine",
  bundle: ["kindest/node:v1.34.0", "docker.io/library/registry:2"],
  local: ["kindest/node:v1.35.1", "kindest/node:v1.34.9"],
  published: `kindest/node:v1.36.0@${DIGEST}`,
};

describe("the node image", () => {
  test("is the configured one before all others", () => {
    expect(chooseNodeImage(ALL).image).toBe("example.org/node:mine");
  });

  test("is the bundle's when nothing is configured", () => {
    expect(chooseNodeImage({ ...ALL, configured: undefined }).image).toBe("kindest/node:v1.34.0");
  });

  test("is the newest local one when there is no bundle", () => {
    expect(chooseNodeImage({ ...ALL, configured: undefined, bundle: [] }).image).toBe("kindest/node:v1.35.1");
  });

  test("is kind's own when there is no local one", () => {
    const { image } = chooseNodeImage({ ...ALL, configured: undefined, bundle: [], local: ["nginx:1.26"] });
    expect(image).toBe(ALL.published);
  });

  test("is never a local one of a version that is not supported", () => {
    const local = ["kindest/node:v1.33.7", "kindest/node:v1.99.0", "kindest/node:latest"];
    expect(chooseNodeImage({ ...ALL, configured: undefined, bundle: [], local }).image).toBe(ALL.published);
  });

  test("is never one that does not start on the machine's cgroups, unless it is the configured one", () => {
    const onV1 = { ...ALL, configured: undefined, bundle: [], cgroup: "1" };
    expect(chooseNodeImage(onV1).image).toBe("kindest/node:v1.34.9");
    expect(chooseNodeImage({ ...onV1, bundle: ["kindest/node:v1.36.0"] }).image).toBe("kindest/node:v1.34.9");
    expect(chooseNodeImage({ ...onV1, cgroup: "2" }).image).toBe("kindest/node:v1.35.1");
    expect(chooseNodeImage({ ...onV1, configured: "kindest/node:v1.36.0" }).image).toBe("kindest/node:v1.36.0");
  });

  test("compares versions by number, not by letter", () => {
    const local = ["kindest/node:v1.34.9", "kindest/node:v1.34.10"];
    expect(chooseNodeImage({ ...ALL, configured: undefined, bundle: [], local }).image).toBe("kindest/node:v1.34.10");
  });

  test("that nobody names is E_TOOL", () => {
    const choose = () => chooseNodeImage({ configured: undefined, bundle: [], local: [], published: undefined });
    expect(choose).toThrow(expect.objectContaining({ code: "E_TOOL" }));
  });

  test("is read out of the kind binary", async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-kind-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    const binary = path.join(dir, "kind");
    const noise = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0x00]);
    await writeFile(binary, Buffer.concat([noise, Buffer.from(`x${ALL.published}kind`), noise]));
    expect(await publishedNodeImage(binary)).toBe(ALL.published);
    await writeFile(binary, noise);
    expect(await publishedNodeImage(binary)).toBeUndefined();
  });

  test.each([
    ["kindest/node:v1.34.2", "1.34.2"],
    [`kindest/node:v1.34.2@${DIGEST}`, "1.34.2"],
    ["localhost:5000/kindest/node:v1.35.0", "1.35.0"],
    ["kindest/node:latest", undefined],
    ["kindest/node", undefined],
  ])("%s is Kubernetes %s", (image, version) => {
    expect(kubernetesVersionOf(image)).toBe(version);
  });
});

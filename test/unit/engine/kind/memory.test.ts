import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Marker } from "../../../../src/engine/kind/marker.ts";
import { forgetNode, recallKubeconfig, recallMarker, rememberMarker } from "../../../../src/engine/kind/memory.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const marker: Marker = {
  version: 1,
  platform: "shop",
  platformId: "0123456789abcdef",
  nodeImage: "kindest/node:v1.34.2",
  podSubnet: "10.160.32.0/20",
  serviceSubnet: "10.160.48.0/20",
  planes: ["control"],
  settings: { files: {}, proxy: "p", cniFromAddon: true },
};

describe("what is remembered of a node", () => {
  test("holds for that container and no other of the same name", async () => {
    const folder = temporaryFolder();
    await rememberMarker(folder, "shop", { id: "aaa", marker });
    expect(await recallMarker(folder, "shop", "aaa")).toEqual(marker);
    expect(await recallMarker(folder, "shop", "bbb")).toBeUndefined();
    expect(await recallMarker(folder, "other", "aaa")).toBeUndefined();
    expect(statSync(path.join(folder, "shop.node.json")).mode & 0o777).toBe(0o600);
  });

  test("is gone when it is forgotten, and when the file is broken", async () => {
    const folder = temporaryFolder();
    await rememberMarker(folder, "shop", { id: "aaa", marker });
    await forgetNode(folder, "shop");
    expect(await recallMarker(folder, "shop", "aaa")).toBeUndefined();
    writeFileSync(path.join(folder, "shop.node.json"), '{"id":"aaa"');
    expect(await recallMarker(folder, "shop", "aaa")).toBeUndefined();
  });

  test("is no kubeconfig that leads to another port", async () => {
    const file = path.join(temporaryFolder(), "shop.yaml");
    const text = "clusters:\n  - cluster:\n      server: https://127.0.0.1:6443\n";
    writeFileSync(file, text);
    expect(await recallKubeconfig(file, "https://127.0.0.1:6443")).toBe(text);
    expect(await recallKubeconfig(file, "https://127.0.0.1:644")).toBeUndefined();
    expect(await recallKubeconfig(`${file}.missing`, "https://127.0.0.1:6443")).toBeUndefined();
  });
});

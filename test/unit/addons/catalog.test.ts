import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addonsFor, loadCatalog } from "../../../src/addons/catalog.ts";
import { addonHash } from "../../../src/addons/render.ts";
import { ADDON_NAMES, type Platform } from "../../../src/config/model.ts";
import { packageRoot } from "../../../src/lib/package-root.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-catalog-"));
  await cp(path.join(packageRoot(), "addons"), dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const edit = async (file: string, change: (text: string) => string): Promise<void> => {
  const full = path.join(dir, file);
  await writeFile(full, change(await readFile(full, "utf8")));
};
const addon = async (name: string) => (await loadCatalog(dir)).find((one) => one.name === name)!;
const settings = { values: {}, parameters: { nodePort: 30443 }, variants: ["api-on-node"] };

describe("the catalog", () => {
  test("has the addons that a configuration can name, each with images, objects and something to wait for", async () => {
    const catalog = await loadCatalog();
    expect(catalog.map(({ name }) => name)).toEqual([...ADDON_NAMES].sort());
    for (const { images, sources, manifests, ready } of catalog)
      for (const list of [images, [...sources, ...manifests], ready]) expect(list).not.toEqual([]);
  });

  test("pins every image of a manifest in the addon's list", async () => {
    for (const { images, manifests } of await loadCatalog()) {
      const used = [...JSON.stringify(manifests).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
      expect(images).toEqual(expect.arrayContaining(used));
    }
  });

  test.each([
    ["an unknown key", (text: string) => `${text}\nsurprise: 1\n`],
    ["a plain http source", (text: string) => text.replace("https://", "http://")],
    ["an image without its registry", (text: string) => text.replace("- quay.io/cilium/cilium:", "- cilium/cilium:")],
    ["another name than its folder", (text: string) => text.replace("name: cilium", "name: sililum")],
  ])("refuses an addon with %s", async (_what, change) => {
    await edit("cilium/addon.yaml", change);
    await expect(loadCatalog(dir)).rejects.toMatchObject({ code: "E_INTERNAL" });
  });

  test("gives a cluster the enabled addons of its planes", async () => {
    const on = { enabled: true, values: {} };
    const platform = {
      addons: { cilium: { ...on, enabled: false }, "argo-workflows": on, buildkit: on, gateway: on },
    } as unknown as Platform;
    const catalog = await loadCatalog();
    expect(addonsFor(catalog, platform, ["control", "data", "build"]).map(({ name }) => name)).toEqual([
      "argo-workflows",
      "buildkit",
      "gateway",
    ]);
    expect(addonsFor(catalog, platform, ["data"]).map(({ name }) => name)).toEqual(["gateway"]);
    expect(addonsFor(catalog, platform, ["control"])).toEqual([]);
  });
});

describe("the hash of an addon", () => {
  test("is the same for the same definition and settings", async () => {
    expect(addonHash(await addon("gateway"), settings)).toBe(addonHash(await addon("gateway"), settings));
  });

  test.each([
    ["its version", "gateway/addon.yaml", "version: 3.7.13", "version: 3.7.14"],
    ["one of its manifests", "gateway/manifests/services.yaml", "port: 443", "port: 444"],
  ])("changes with %s", async (_what, file, from, to) => {
    const before = addonHash(await addon("gateway"), settings);
    await edit(file, (text) => text.replace(from, to));
    expect(addonHash(await addon("gateway"), settings)).not.toBe(before);
  });

  test("changes with the user's values and the engine's parameters and variants", async () => {
    const [gateway, cilium] = [await addon("gateway"), await addon("cilium")];
    expect(addonHash(gateway, { ...settings, values: { logLevel: "DEBUG" } })).not.toBe(addonHash(gateway, settings));
    expect(addonHash(gateway, { ...settings, parameters: { nodePort: 30444 } })).not.toBe(addonHash(gateway, settings));
    expect(addonHash(cilium, { ...settings, variants: [] })).not.toBe(addonHash(cilium, settings));
  });

  test("does not change with what the addon does not use", async () => {
    const gateway = await addon("gateway");
    expect(addonHash(gateway, { ...settings, parameters: { nodePort: 30443, other: 1 }, variants: [] })).toBe(
      addonHash(gateway, settings),
    );
  });
});

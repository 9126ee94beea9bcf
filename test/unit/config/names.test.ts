import { createHash } from "node:crypto";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { PLATFORM_NAME, clusterName, contextName, defaultPlatformName } from "../../../src/config/names.ts";
import { folderWith } from "./folder.ts";

const hashOf = (folder: string): string => createHash("sha256").update(folder).digest("hex").slice(0, 6);

describe("the name of a folder", () => {
  test.each(["shop", "2048", "a", "my-shop", "x".repeat(30)])("%s stays as it is", (folder) => {
    expect(defaultPlatformName(folder)).toBe(folder);
  });

  test.each([
    ["Shop", "shop"],
    ["my shop", "my-shop"],
    ["my_shop.v2", "my-shop-v2"],
    ["-shop-", "shop"],
    ["Größe", "große".normalize("NFKD").replaceAll(/[^a-z]+/g, "-")],
    ["café", "cafe"],
    ["店", "platform"],
    ["", "platform"],
    ["x".repeat(80), "x".repeat(23)],
    [`${"x".repeat(22)}-${"y".repeat(57)}`, "x".repeat(22)],
  ])("%j becomes %s and a hash of the original", (folder, kept) => {
    const name = defaultPlatformName(folder);
    expect(name.startsWith(kept)).toBe(true);
    expect(name.endsWith(`-${hashOf(folder)}`)).toBe(true);
    expect(name).toMatch(PLATFORM_NAME);
  });

  test("differs for folders whose safe forms are the same", () => {
    expect(new Set(["My Shop", "my.shop", "MY-SHOP"].map(defaultPlatformName)).size).toBe(3);
  });

  test("is the same for two folders of one name, which differ in dir", async () => {
    const [first, second] = await Promise.all([folderWith({}, "web"), folderWith({}, "web")]);
    const loaded = await Promise.all([first, second].map((cwd) => loadConfig({ cwd, env: {} })));
    expect(loaded.map(({ platform }) => platform.name)).toEqual(["web", "web"]);
    expect(loaded.map(({ platform }) => platform.dir)).toEqual([first, second]);
  });

  test("is the file's folder, not the one the command runs in", async () => {
    const root = await folderWith({ ".git/HEAD": "", "choreo-dev.yaml": "", "src/file": "" }, "store");
    expect((await loadConfig({ cwd: path.join(root, "src"), env: {} })).platform.name).toBe("store");
  });
});

describe("a name that was given", () => {
  test("with --platform wins and is deliberate", async () => {
    const cwd = await folderWith({});
    expect(await loadConfig({ cwd, env: {}, name: "other" })).toMatchObject({
      platform: { name: "other" },
      deliberate: true,
    });
  });

  test.each(["My Shop", "shop-", "-shop", "a/b", "..", "", "x".repeat(31)])(
    "%j is refused with a suggestion",
    async (name) => {
      const cwd = await folderWith({});
      const error = await loadConfig({ cwd, env: {}, name }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "E_CONFIG", fix: expect.stringContaining(defaultPlatformName(name)) });
    },
  );
});

test("clusters are named after platform and plane, contexts as kind does", () => {
  expect(clusterName("shop", "control", "colocated")).toBe("shop");
  expect(clusterName("shop", "us-west-2", "multi-cluster")).toBe("shop-us-west-2");
  expect(contextName("shop-us-west-2")).toBe("kind-shop-us-west-2");
});

import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { endpointFromKubeconfig, mergeKubeconfig, unmergeKubeconfig } from "../../../src/k8s/kubeconfig.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig as `up` makes one. */
const ours = (name: string, server: string): string =>
  [
    "apiVersion: v1",
    "kind: Config",
    `current-context: ${name}`,
    `clusters: [{ name: ${name}, cluster: { server: "${server}", certificate-authority-data: ${base64("CA")} } }]`,
    `users: [{ name: ${name}, user: { client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")} } }]`,
    `contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name} } }]`,
    "",
  ].join("\n");

const SHOP = ours("choreo-shop", "https://127.0.0.1:40001");

const USERS_OWN = `# my clusters
apiVersion: v1
kind: Config
current-context: work # the one at work
preferences: {}
clusters:
  # behind the VPN
  - name: work
    cluster:
      server: https://work.example:6443
contexts:
  - name: work
    context:
      cluster: work
      user: me
users:
  - name: me
    user:
      exec:
        command: login-helper # asks for a second factor
`;

const contextsOf = (text: string): string[] =>
  (parse(text) as { contexts: { name: string }[] }).contexts.map(({ name }) => name);
const currentOf = (text: string): unknown => (parse(text) as Record<string, unknown>)["current-context"];

describe("merging into a kubeconfig", () => {
  test("keeps every line of it, comments too", async () => {
    const merged = await mergeKubeconfig(USERS_OWN, SHOP, { current: false });
    const lines = new Set(merged.split("\n"));
    expect(USERS_OWN.split("\n").filter((line) => !lines.has(line))).toEqual([]);
    expect(contextsOf(merged)).toEqual(["work", "choreo-shop"]);
  });

  test("changes the current context only when asked", async () => {
    expect(currentOf(await mergeKubeconfig(USERS_OWN, SHOP, { current: false }))).toBe("work");
    expect(currentOf(await mergeKubeconfig(USERS_OWN, SHOP, { current: true }))).toBe("choreo-shop");
  });

  test.each(["", "\n", "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\n"])(
    "makes a whole one of %j",
    async (empty) => {
      const merged = await mergeKubeconfig(empty, SHOP, { current: true });
      expect(parse(merged)).toMatchObject(parse(SHOP) as object);
    },
  );

  test("twice is the same as once", async () => {
    const once = await mergeKubeconfig(USERS_OWN, SHOP, { current: false });
    expect(await mergeKubeconfig(once, SHOP, { current: false })).toBe(once);
  });

  test("replaces our own entry when the platform has another port now", async () => {
    const before = await mergeKubeconfig(USERS_OWN, SHOP, { current: false });
    const merged = await mergeKubeconfig(before, ours("choreo-shop", "https://127.0.0.1:40002"), { current: false });
    expect(contextsOf(merged)).toEqual(["work", "choreo-shop"]);
    expect((await endpointFromKubeconfig(merged, "choreo-shop")).server).toBe("https://127.0.0.1:40002");
    expect(merged).toContain("# behind the VPN");
    expect(merged).toContain("# asks for a second factor");
  });

  test("refuses a foreign cluster of the same name", async () => {
    const foreign = ours("choreo-shop", "https://prod.example:6443");
    await expect(mergeKubeconfig(foreign, SHOP, { current: false })).rejects.toMatchObject({
      code: "E_FOREIGN_CLUSTER",
    });
  });

  test("refuses a file that is no YAML", async () => {
    await expect(mergeKubeconfig("a: [", SHOP, { current: false })).rejects.toMatchObject({ code: "E_CONFIG" });
  });
});

describe("taking entries out of a kubeconfig", () => {
  test("gives back what was there before they were merged", async () => {
    const merged = await mergeKubeconfig(USERS_OWN, SHOP, { current: false });
    const { text, removed } = await unmergeKubeconfig(merged, ["choreo-shop"]);
    expect(removed).toEqual(["choreo-shop"]);
    expect(text).toBe(USERS_OWN);
  });

  test("leaves no current context that leads nowhere", async () => {
    const merged = await mergeKubeconfig(USERS_OWN, SHOP, { current: true });
    expect(currentOf((await unmergeKubeconfig(merged, ["choreo-shop"])).text)).toBe("");
  });

  test.each([USERS_OWN, "", "a: ["])("leaves a text without them as it is", async (text) => {
    expect(await unmergeKubeconfig(text, ["choreo-shop"])).toEqual({ text, removed: [] });
  });
});

describe("the endpoint of a context", () => {
  test("has decoded credentials", async () => {
    expect(await endpointFromKubeconfig(SHOP)).toEqual({
      server: "https://127.0.0.1:40001",
      ca: "CA",
      clientCert: "CERT",
      clientKey: "KEY",
      token: undefined,
    });
  });

  test.each([
    ["that is not there", "missing"],
    ["whose cluster has no embedded CA", "work"],
  ])("%s is E_UNSUPPORTED", async (_what, context) => {
    await expect(endpointFromKubeconfig(USERS_OWN, context)).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
  });
});
